/** What a preview cannot tell of a new resource, from the plan: the names of what it stands in. */
import type { StackPlan } from "../../config/plan-types.ts";

/** Inputs that make a resource's id, by type and by the one input that names the resource itself. */
export type PlannedInputs = (
  type: string,
  inputs: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>>;

/** The input that names a resource, always plain in this program (S-9). */
const OWN_NAME: Readonly<Record<string, string>> = {
  "azure-native:operationalinsights:Workspace": "workspaceName",
  "azure-native:managedidentity:UserAssignedIdentity": "resourceName",
  "azure-native:authorization:RoleAssignment": "roleAssignmentName",
  "azure-native:containerregistry:Registry": "registryName",
  "azure-native:containerregistry:Task": "taskName",
  "azure-native:storage:StorageAccount": "accountName",
  "azure-native:storage:FileShare": "shareName",
  "azure-native:app:ManagedEnvironment": "environmentName",
  "azure-native:app:ManagedEnvironmentsStorage": "storageName",
  "azure-native:app:ContainerApp": "containerAppName",
};

/**
 * While a resource group is new, its name is an output that no preview knows; so is everything
 * below it.
 */
export function plannedInputs(plan: StackPlan): PlannedInputs {
  const known = new Map<string, Record<string, string>>();
  const add = (type: string, name: string, around: Record<string, string>) => {
    // A name in two groups tells nothing: better no id than a wrong one.
    const key = `azure-native:${type} ${name}`;
    known.set(key, known.has(key) ? {} : around);
  };
  const { registry } = plan;
  if (registry.owned) {
    const around = { resourceGroupName: registry.resourceGroup, registryName: registry.name };
    add("containerregistry:Registry", registry.name, around);
    for (const { component } of plan.builds) {
      add("containerregistry:Task", `build-${component}`, around);
    }
  }
  for (const { config, pullAssignment, solutions, sharedApps } of plan.cells) {
    const group = { resourceGroupName: config.resourceGroup };
    add("operationalinsights:Workspace", config.logWorkspace, group);
    add("managedidentity:UserAssignedIdentity", config.identity, group);
    add("storage:StorageAccount", config.storageAccount, group);
    add("app:ManagedEnvironment", config.managedEnvironment, group);
    add("authorization:RoleAssignment", pullAssignment, { scope: registryId(plan) });
    for (const { containerAppName } of sharedApps) add("app:ContainerApp", containerAppName, group);
    for (const { shares, storages, apps } of solutions) {
      const account = { ...group, accountName: config.storageAccount };
      for (const { name } of shares) add("storage:FileShare", name, account);
      const environment = { ...group, environmentName: config.managedEnvironment };
      for (const { name } of storages) add("app:ManagedEnvironmentsStorage", name, environment);
      for (const { containerAppName } of apps) add("app:ContainerApp", containerAppName, group);
    }
  }
  return (type, inputs) => {
    const own = OWN_NAME[type];
    const around = own === undefined ? {} : known.get(`${type} ${String(inputs[own])}`);
    return { ...inputs, ...around };
  };
}

function registryId({ registry, subscriptionId }: StackPlan): string {
  if (!registry.owned) return registry.id;
  return `/subscriptions/${subscriptionId}/resourceGroups/${registry.resourceGroup}/providers/Microsoft.ContainerRegistry/registries/${registry.name}`;
}
