import type { AzureClients } from "../clients.ts";
import { type PathParameters, type ResourceType, text } from "../resource-type.ts";
import { identityToBody } from "./identity.ts";

const REGISTRY =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/{registryName}";

export const registry: ResourceType = {
  token: "azure-native:containerregistry:Registry",
  apiVersion: "2023-01-01-preview",
  path: REGISTRY,
  autoname: "random",
  replaces: ["location"],
  located: true,
  toBody: identityToBody,
  async put({ clients, path, options }, body) {
    const { registries } = await client(clients, path);
    const parameters = body as unknown as Parameters<typeof registries.beginCreate>[2];
    return registries.beginCreate(...registryPath(path), parameters, options);
  },
  async get({ clients, path, options }) {
    return (await client(clients, path)).registries.get(...registryPath(path), options);
  },
  async delete({ clients, path, options }) {
    const { registries } = await client(clients, path);
    return (await registries.beginDelete(...registryPath(path), options)).pollUntilDone();
  },
};

export const task: ResourceType = {
  token: "azure-native:containerregistry:Task",
  apiVersion: "2019-06-01-preview",
  path: `${REGISTRY}/tasks/{taskName}`,
  autoname: "copy",
  replaces: ["location"],
  located: true,
  toBody: identityToBody,
  async put({ clients, path, options }, body) {
    const { tasks } = await client(clients, path);
    const parameters = body as unknown as Parameters<typeof tasks.beginCreate>[3];
    return tasks.beginCreate(...registryPath(path), text(path, "taskName"), parameters, options);
  },
  async get({ clients, path, options }) {
    const { tasks } = await client(clients, path);
    return tasks.get(...registryPath(path), text(path, "taskName"), options);
  },
  async delete({ clients, path, options }) {
    const { tasks } = await client(clients, path);
    const poller = await tasks.beginDelete(...registryPath(path), text(path, "taskName"), options);
    return poller.pollUntilDone();
  },
};

function client(clients: AzureClients, path: PathParameters) {
  return clients.containerRegistry(text(path, "subscriptionId"));
}

function registryPath(path: PathParameters): [group: string, registry: string] {
  return [text(path, "resourceGroupName"), text(path, "registryName")];
}
