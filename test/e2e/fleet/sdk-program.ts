/** Counts the fleet with the official SDKs, in a process that trusts the sandbox's certificate. */
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { StorageManagementClient } from "@azure/arm-storage";
import { connectArm } from "../../../builds/azure-client.ts";

const { credential, endpoint, credentialScopes, subscriptionId } = await connectArm(process.env);
if (subscriptionId === undefined) throw new Error("the environment names no subscription");
const options = { endpoint, credentialScopes };
const apps = new ContainerAppsAPIClient(credential, subscriptionId, options);
const storage = new StorageManagementClient(credential, subscriptionId, options);
const registries = new ContainerRegistryManagementClient(credential, subscriptionId, options);
const counts = { apps: 0, shares: 0, storages: 0, runs: 0 };

for await (const _ of apps.containerApps.listBySubscription()) counts.apps += 1;
for await (const { id = "", name = "" } of apps.managedEnvironments.listBySubscription()) {
  const { value = [] } = await apps.managedEnvironmentsStorages.list(groupOf(id), name);
  counts.storages += value.length;
}
for await (const { id = "", name = "" } of storage.storageAccounts.list()) {
  for await (const _ of storage.fileShares.list(groupOf(id), name)) counts.shares += 1;
}
for await (const { id = "", name = "" } of registries.registries.list()) {
  for await (const _ of registries.runs.list(groupOf(id), name)) counts.runs += 1;
}
process.stdout.write(JSON.stringify(counts));

function groupOf(id: string): string {
  return /\/resourceGroups\/([^/]+)\//i.exec(id)?.[1] ?? "";
}
