import { finished, type PathParameters, type ResourceType, text } from "../resource-type.ts";

export const userAssignedIdentity: ResourceType = {
  token: "azure-native:managedidentity:UserAssignedIdentity",
  apiVersion: "2023-01-31",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
  autoname: "random",
  replaces: ["location"],
  located: true,
  async put({ clients, path, options }, body) {
    const { userAssignedIdentities: identities } = await clients.msi(text(path, "subscriptionId"));
    const parameters = body as unknown as Parameters<typeof identities.createOrUpdate>[2];
    return finished(identities.createOrUpdate(...identityPath(path), parameters, options));
  },
  async get({ clients, path, options }) {
    const { userAssignedIdentities } = await clients.msi(text(path, "subscriptionId"));
    return userAssignedIdentities.get(...identityPath(path), options);
  },
  async delete({ clients, path, options }) {
    const { userAssignedIdentities } = await clients.msi(text(path, "subscriptionId"));
    return userAssignedIdentities.delete(...identityPath(path), options);
  },
};

function identityPath(path: PathParameters): [group: string, identity: string] {
  return [text(path, "resourceGroupName"), text(path, "resourceName")];
}
