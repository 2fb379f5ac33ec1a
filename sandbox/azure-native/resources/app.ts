import type { AzureClients } from "../clients.ts";
import { finished, type PathParameters, type ResourceType, text } from "../resource-type.ts";
import { identityToBody } from "./identity.ts";

const API_VERSION = "2025-02-02-preview";
const GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";

export const containerApp: ResourceType = {
  token: "azure-native:app:ContainerApp",
  apiVersion: API_VERSION,
  path: `${GROUP}/providers/Microsoft.App/containerApps/{containerAppName}`,
  autoname: "random",
  replaces: ["location", "environmentId", "managedEnvironmentId"],
  located: true,
  // The older name of environmentId; ARM answers with both.
  importOmits: () => ["managedEnvironmentId"],
  toBody: identityToBody,
  async put({ clients, path, options }, body) {
    const { containerApps } = await client(clients, path);
    const [group, name] = [text(path, "resourceGroupName"), text(path, "containerAppName")];
    const envelope = body as unknown as Parameters<typeof containerApps.beginCreateOrUpdate>[2];
    return containerApps.beginCreateOrUpdate(group, name, envelope, options);
  },
  async get({ clients, path, options }) {
    const { containerApps } = await client(clients, path);
    return containerApps.get(
      text(path, "resourceGroupName"),
      text(path, "containerAppName"),
      options,
    );
  },
  async delete({ clients, path, options }) {
    const { containerApps } = await client(clients, path);
    const [group, name] = [text(path, "resourceGroupName"), text(path, "containerAppName")];
    return (await containerApps.beginDelete(group, name, options)).pollUntilDone();
  },
};

export const managedEnvironment: ResourceType = {
  token: "azure-native:app:ManagedEnvironment",
  apiVersion: API_VERSION,
  path: `${GROUP}/providers/Microsoft.App/managedEnvironments/{environmentName}`,
  autoname: "random",
  replaces: ["location"],
  located: true,
  toBody: identityToBody,
  async put({ clients, path, options }, body) {
    const { managedEnvironments } = await client(clients, path);
    const [group, name] = [text(path, "resourceGroupName"), text(path, "environmentName")];
    const envelope = body as unknown as Parameters<
      typeof managedEnvironments.beginCreateOrUpdate
    >[2];
    return managedEnvironments.beginCreateOrUpdate(group, name, envelope, options);
  },
  async get({ clients, path, options }) {
    const { managedEnvironments } = await client(clients, path);
    const [group, name] = [text(path, "resourceGroupName"), text(path, "environmentName")];
    return managedEnvironments.get(group, name, options);
  },
  async delete({ clients, path, options }) {
    const { managedEnvironments } = await client(clients, path);
    const [group, name] = [text(path, "resourceGroupName"), text(path, "environmentName")];
    return (await managedEnvironments.beginDelete(group, name, options)).pollUntilDone();
  },
};

export const managedEnvironmentsStorage: ResourceType = {
  token: "azure-native:app:ManagedEnvironmentsStorage",
  apiVersion: API_VERSION,
  path: `${GROUP}/providers/Microsoft.App/managedEnvironments/{environmentName}/storages/{storageName}`,
  autoname: "copy",
  replaces: [],
  located: false,
  async put({ clients, path, options }, body) {
    const { managedEnvironmentsStorages: storages } = await client(clients, path);
    const envelope = body as unknown as Parameters<typeof storages.createOrUpdate>[3];
    return finished(storages.createOrUpdate(...storagePath(path), envelope, options));
  },
  async get({ clients, path, options }) {
    const { managedEnvironmentsStorages } = await client(clients, path);
    return managedEnvironmentsStorages.get(...storagePath(path), options);
  },
  async delete({ clients, path, options }) {
    const { managedEnvironmentsStorages } = await client(clients, path);
    return managedEnvironmentsStorages.delete(...storagePath(path), options);
  },
};

function client(clients: AzureClients, path: PathParameters) {
  return clients.app(text(path, "subscriptionId"));
}

function storagePath(path: PathParameters): [group: string, environment: string, storage: string] {
  return [
    text(path, "resourceGroupName"),
    text(path, "environmentName"),
    text(path, "storageName"),
  ];
}
