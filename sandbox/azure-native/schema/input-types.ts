/**
 * The argument types that the stand-in plugin accepts, by token. Read only by the schema generator;
 * a type added here and to `resources/` is all that a new resource needs.
 */
import type { ContainerAppArgs } from "@pulumi/azure-native/app/containerApp.js";
import type { ManagedEnvironmentArgs } from "@pulumi/azure-native/app/managedEnvironment.js";
import type { ManagedEnvironmentsStorageArgs } from "@pulumi/azure-native/app/managedEnvironmentsStorage.js";
import type { RoleAssignmentArgs } from "@pulumi/azure-native/authorization/roleAssignment.js";
import type { RegistryArgs } from "@pulumi/azure-native/containerregistry/registry.js";
import type { TaskArgs } from "@pulumi/azure-native/containerregistry/task.js";
import type { UserAssignedIdentityArgs } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import type { GetSharedKeysArgs } from "@pulumi/azure-native/operationalinsights/getSharedKeys.js";
import type { WorkspaceArgs } from "@pulumi/azure-native/operationalinsights/workspace.js";
import type { ResourceGroupArgs } from "@pulumi/azure-native/resources/resourceGroup.js";
import type { FileShareArgs } from "@pulumi/azure-native/storage/fileShare.js";
import type { ListStorageAccountKeysArgs } from "@pulumi/azure-native/storage/listStorageAccountKeys.js";
import type { StorageAccountArgs } from "@pulumi/azure-native/storage/storageAccount.js";

export interface InputTypes {
  "azure-native:app:ContainerApp": ContainerAppArgs;
  "azure-native:app:ManagedEnvironment": ManagedEnvironmentArgs;
  "azure-native:app:ManagedEnvironmentsStorage": ManagedEnvironmentsStorageArgs;
  "azure-native:authorization:RoleAssignment": RoleAssignmentArgs;
  "azure-native:containerregistry:Registry": RegistryArgs;
  "azure-native:containerregistry:Task": TaskArgs;
  "azure-native:managedidentity:UserAssignedIdentity": UserAssignedIdentityArgs;
  "azure-native:operationalinsights:Workspace": WorkspaceArgs;
  "azure-native:operationalinsights:getSharedKeys": GetSharedKeysArgs;
  "azure-native:resources:ResourceGroup": ResourceGroupArgs;
  "azure-native:storage:FileShare": FileShareArgs;
  "azure-native:storage:StorageAccount": StorageAccountArgs;
  "azure-native:storage:listStorageAccountKeys": ListStorageAccountKeysArgs;
}
