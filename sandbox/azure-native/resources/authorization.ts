import {
  finished,
  type PathParameters,
  type ProviderFunction,
  type ResourceType,
  text,
} from "../resource-type.ts";

export const roleAssignment: ResourceType = {
  token: "azure-native:authorization:RoleAssignment",
  apiVersion: "2022-04-01",
  path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
  autoname: "uuid",
  replaces: ["principalId"],
  located: false,
  async put({ clients, path, options }, body) {
    const { roleAssignments } = await clients.authorization(text(path, "subscriptionId"));
    const parameters = body as unknown as Parameters<typeof roleAssignments.create>[2];
    return finished(roleAssignments.create(...assignmentPath(path), parameters, options));
  },
  async get({ clients, path, options }) {
    const { roleAssignments } = await clients.authorization(text(path, "subscriptionId"));
    return roleAssignments.get(...assignmentPath(path), options);
  },
  async delete({ clients, path, options }) {
    const { roleAssignments } = await clients.authorization(text(path, "subscriptionId"));
    return roleAssignments.delete(...assignmentPath(path), options);
  },
};

/** Who the provider is, from the claims of its own token. */
export const getClientConfig: ProviderFunction = {
  token: "azure-native:authorization:getClientConfig",
  async invoke({ clients, options }) {
    const { credential, credentialScopes, subscriptionId, tenantId, clientId } =
      await clients.connection();
    const token = await credential.getToken(credentialScopes, { abortSignal: options.abortSignal });
    const claims = token ? claimsOf(token.token) : {};
    return {
      clientId: clientId ?? claims.appid ?? "",
      objectId: claims.oid ?? "",
      subscriptionId: subscriptionId ?? "",
      tenantId: tenantId ?? claims.tid ?? "",
    };
  },
};

function assignmentPath(path: PathParameters): [scope: string, name: string] {
  return [text(path, "scope"), text(path, "roleAssignmentName")];
}

function claimsOf(token: string): Record<string, string> {
  const [, payload = ""] = token.split(".");
  const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  return Object.fromEntries(
    Object.entries(claims ?? {}).filter(([, value]) => typeof value === "string"),
  );
}
