import type { FastifyInstance, FastifyReply } from "fastify";
import { SANDBOX_TENANT_ID } from "../../contract.ts";
import type { Tokens } from "./tokens.ts";

/** Path of the managed-identity endpoint. */
export const IDENTITY_PATH = "/msi/token";

/** Microsoft Entra's token endpoints, for a client with the sandbox's secret, and cloud metadata. */
export function addTokenRoutes(server: FastifyInstance, tokens: Tokens, endpoint: string): void {
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  server.get("/metadata/endpoints", async () => metadata(endpoint));
  server.get("/:tenant/.well-known/openid-configuration", async () => openId(endpoint));
  server.get("/:tenant/v2.0/.well-known/openid-configuration", async () => openId(endpoint));
  const answer = async (body: unknown, reply: FastifyReply) => {
    const form = (body ?? {}) as Record<string, string | undefined>;
    if (form.grant_type !== "client_credentials") {
      return refuse(reply, 400, "unsupported_grant_type", "Only client_credentials is supported.");
    }
    if (!tokens.isSecret(form.client_secret)) {
      return refuse(reply, 401, "invalid_client", "Invalid client secret provided.");
    }
    const audience = form.resource ?? (form.scope ?? "").replace(/\/\.default$/, "");
    if (audience === "") return refuse(reply, 400, "invalid_request", "The scope is missing.");
    const { token, expiresOn } = await tokens.issue(audience);
    const expiresIn = expiresOn - Math.floor(Date.now() / 1000);
    return reply.send({
      token_type: "Bearer",
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      expires_on: String(expiresOn),
      resource: audience,
      access_token: token,
    });
  };
  server.post("/:tenant/oauth2/token", (request, reply) => answer(request.body, reply));
  server.post("/:tenant/oauth2/v2.0/token", (request, reply) => answer(request.body, reply));
}

/** The managed-identity endpoint of App Service's form: `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`. */
export function addIdentityRoute(server: FastifyInstance, tokens: Tokens): void {
  server.get(IDENTITY_PATH, async (request, reply) => {
    const header = request.headers["x-identity-header"];
    if (!tokens.isSecret(typeof header === "string" ? header : undefined)) {
      return reply.code(403).send({
        statusCode: 403,
        message: "The X-IDENTITY-HEADER header is missing or wrong.",
      });
    }
    const { resource } = request.query as Record<string, string | undefined>;
    if (resource === undefined || resource === "") {
      return reply.code(400).send({ statusCode: 400, message: "The resource is missing." });
    }
    const { token, expiresOn } = await tokens.issue(resource);
    return reply.send({
      access_token: token,
      expires_on: String(expiresOn),
      resource,
      token_type: "Bearer",
      client_id: "sandbox",
    });
  });
}

function refuse(reply: FastifyReply, status: number, error: string, description: string) {
  return reply.code(status).send({ error, error_description: description });
}

/** https://learn.microsoft.com/rest/api/resources: what a client asks to learn a cloud. */
function metadata(endpoint: string): object {
  return {
    name: "Sandbox",
    portal: endpoint,
    authentication: {
      loginEndpoint: endpoint,
      audiences: ["https://management.core.windows.net/", "https://management.azure.com/"],
      tenant: "common",
      identityProvider: "AAD",
    },
    resourceManager: endpoint,
    microsoftGraphResourceId: `${endpoint}/graph/`,
    graph: `${endpoint}/graph/`,
    graphAudience: `${endpoint}/graph/`,
    media: endpoint,
    batch: endpoint,
    sqlManagement: endpoint,
    vmImageAliasDoc: endpoint,
    activeDirectoryDataLake: endpoint,
    gallery: endpoint,
    suffixes: {
      storage: "core.windows.net",
      keyVaultDns: "vault.azure.net",
      acrLoginServer: "azurecr.io",
    },
  };
}

function openId(endpoint: string): object {
  const authority = `${endpoint}/${SANDBOX_TENANT_ID}`;
  return {
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${authority}/oauth2/v2.0/devicecode`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    tenant_region_scope: null,
  };
}
