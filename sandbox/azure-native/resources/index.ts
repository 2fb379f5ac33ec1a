import type { ProviderFunction, ResourceType } from "../resource-type.ts";
import { containerApp, managedEnvironment, managedEnvironmentsStorage } from "./app.ts";
import { getClientConfig, roleAssignment } from "./authorization.ts";
import { registry, task } from "./containerregistry.ts";
import { userAssignedIdentity } from "./managedidentity.ts";
import { getSharedKeys, workspace } from "./operationalinsights.ts";
import { resourceGroup } from "./resources.ts";
import { fileShare, listStorageAccountKeys, storageAccount } from "./storage.ts";

export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [
    containerApp,
    fileShare,
    managedEnvironment,
    managedEnvironmentsStorage,
    registry,
    resourceGroup,
    roleAssignment,
    storageAccount,
    task,
    userAssignedIdentity,
    workspace,
  ].map((type) => [type.token, type]),
);

export const FUNCTIONS: ReadonlyMap<string, ProviderFunction> = new Map(
  [getClientConfig, getSharedKeys, listStorageAccountKeys].map((fn) => [fn.token, fn]),
);
