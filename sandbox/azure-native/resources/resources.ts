import { finished, type ResourceType, text } from "../resource-type.ts";

export const resourceGroup: ResourceType = {
  token: "azure-native:resources:ResourceGroup",
  apiVersion: "2024-03-01",
  path: "/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}",
  autoname: "random",
  replaces: ["location"],
  located: true,
  async put({ clients, path, options }, body) {
    const { resourceGroups } = await clients.resources(text(path, "subscriptionId"));
    const parameters = body as unknown as Parameters<typeof resourceGroups.createOrUpdate>[1];
    return finished(
      resourceGroups.createOrUpdate(text(path, "resourceGroupName"), parameters, options),
    );
  },
  async get({ clients, path, options }) {
    const { resourceGroups } = await clients.resources(text(path, "subscriptionId"));
    return resourceGroups.get(text(path, "resourceGroupName"), options);
  },
  async delete({ clients, path, options }) {
    const { resourceGroups } = await clients.resources(text(path, "subscriptionId"));
    const poller = await resourceGroups.beginDelete(text(path, "resourceGroupName"), options);
    return poller.pollUntilDone();
  },
};
