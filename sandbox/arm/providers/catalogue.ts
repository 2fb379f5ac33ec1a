import type { ResourceType, Services } from "../core/resourceType.ts";
import { defineAppOperations } from "./app/appOperations.ts";
import { containerApps } from "./app/containerApps.ts";
import { defineEnvironmentOperations, managedEnvironments } from "./app/environments.ts";
import { containerAppRevisions } from "./app/revisions.ts";
import { managedEnvironmentsStorages } from "./app/storages.ts";
import { roleAssignments } from "./authorization/roleAssignments.ts";
import { roleDefinitions } from "./authorization/roleDefinitions.ts";
import { defineRegistryOperations, registries } from "./containerRegistry/registries.ts";
import type { RunQueue } from "./containerRegistry/runQueue.ts";
import { runs } from "./containerRegistry/runs.ts";
import { tasks } from "./containerRegistry/tasks.ts";
import { userAssignedIdentities } from "./managedIdentity/identities.ts";
import { workspaces } from "./operationalInsights/workspaces.ts";
import { defineGroupOperations, resourceGroups } from "./resources/groups.ts";
import { defineAccountOperations, storageAccounts } from "./storage/accounts.ts";
import { storageServices } from "./storage/services.ts";
import { fileShares } from "./storage/shares.ts";

/** Every resource type that the endpoint has. */
export function resourceTypes(queue: RunQueue): ResourceType[] {
  return [
    resourceGroups,
    containerApps,
    containerAppRevisions,
    managedEnvironments,
    managedEnvironmentsStorages,
    storageAccounts,
    ...storageServices,
    fileShares,
    registries(queue),
    tasks,
    runs(queue),
    userAssignedIdentities,
    roleAssignments,
    roleDefinitions,
    workspaces,
  ];
}

/** Defines how each provider's long-running operations end. */
export function defineOperations(services: Services): void {
  defineGroupOperations(services);
  defineAppOperations(services);
  defineEnvironmentOperations(services);
  defineAccountOperations(services);
  defineRegistryOperations(services);
}
