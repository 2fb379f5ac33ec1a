/** ARM ids as pure functions of a resource's inputs: every name in this program is explicit. */

/** Which inputs make the id of a type, and how it is read. */
interface ArmType {
  /** Path with `{input}` in it; `{subscription}` is the stack's. */
  path: string;
  apiVersion: string;
}

type Inputs = Readonly<Record<string, unknown>>;

const GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}";

/** Paths and API versions of the azure-native types that `components/` declares (AZURE.md). */
const ARM_TYPES: Readonly<Record<string, ArmType>> = {
  "azure-native:resources:ResourceGroup": { path: GROUP, apiVersion: "2024-03-01" },
  "azure-native:operationalinsights:Workspace": {
    path: `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}`,
    apiVersion: "2023-09-01",
  },
  "azure-native:managedidentity:UserAssignedIdentity": {
    path: `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}`,
    apiVersion: "2023-01-31",
  },
  "azure-native:authorization:RoleAssignment": {
    path: "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    apiVersion: "2022-04-01",
  },
  "azure-native:containerregistry:Registry": {
    path: `${GROUP}/providers/Microsoft.ContainerRegistry/registries/{registryName}`,
    apiVersion: "2023-01-01-preview",
  },
  "azure-native:containerregistry:Task": {
    path: `${GROUP}/providers/Microsoft.ContainerRegistry/registries/{registryName}/tasks/{taskName}`,
    apiVersion: "2019-06-01-preview",
  },
  "azure-native:storage:StorageAccount": {
    path: `${GROUP}/providers/Microsoft.Storage/storageAccounts/{accountName}`,
    apiVersion: "2024-01-01",
  },
  "azure-native:storage:FileShare": {
    path: `${GROUP}/providers/Microsoft.Storage/storageAccounts/{accountName}/fileServices/default/shares/{shareName}`,
    apiVersion: "2024-01-01",
  },
  "azure-native:app:ManagedEnvironment": {
    path: `${GROUP}/providers/Microsoft.App/managedEnvironments/{environmentName}`,
    apiVersion: "2025-01-01",
  },
  "azure-native:app:ManagedEnvironmentsStorage": {
    path: `${GROUP}/providers/Microsoft.App/managedEnvironments/{environmentName}/storages/{storageName}`,
    apiVersion: "2025-01-01",
  },
  "azure-native:app:ContainerApp": {
    path: `${GROUP}/providers/Microsoft.App/containerApps/{containerAppName}`,
    apiVersion: "2025-01-01",
  },
};

/** What the engine writes for a value that is not known yet. */
const UNKNOWN = new Set(["04da6b54-80e4-46f7-96ec-b56ff0331ba9", "[unknown]", "output<string>"]);

/**
 * @param type Pulumi type token, with or without an API version in it
 * @param subscription of the stack
 * @returns the ARM id; undefined for a type that is not ARM's, or while an input is unknown
 */
export function armId(type: string, inputs: Inputs, subscription: string): string | undefined {
  const known = ARM_TYPES[unversioned(type)];
  if (known === undefined) return undefined;
  let complete = true;
  const id = known.path.replace(/\{(\w+)\}/g, (_match, key: string) => {
    const value = key === "subscription" ? subscription : inputs[key];
    if (typeof value !== "string" || value === "" || UNKNOWN.has(value)) complete = false;
    return String(value);
  });
  return complete ? `/${id.replace(/^\/+/, "")}` : undefined;
}

/** @returns API version to read a resource of this type with; undefined where ARM has no such type */
export function armApiVersion(type: string): string | undefined {
  return ARM_TYPES[unversioned(type)]?.apiVersion;
}

/** `azure-native:app/v20250101:ContainerApp` is `azure-native:app:ContainerApp` in one API version. */
function unversioned(type: string): string {
  return type.replace(/\/v[0-9a-z]+:/, ":");
}
