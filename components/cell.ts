import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { getSharedKeysOutput } from "@pulumi/azure-native/operationalinsights/getSharedKeys.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { listStorageAccountKeysOutput } from "@pulumi/azure-native/storage/listStorageAccountKeys.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import * as pulumi from "@pulumi/pulumi";
import type { CellConfig } from "../config/types.ts";
import { listedKey } from "./secrets.ts";
import type { CellReference, RegistryReference } from "./types.ts";

export interface CellArgs {
  config: CellConfig;
  subscriptionId: string;
  /** GUID that names the role assignment. */
  pullAssignment: string;
  registry: RegistryReference;
  /** On everything that Azure can tag. */
  tags: Record<string, string>;
}

/** Built-in role AcrPull, the same in every tenant. */
const ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d";

const LOG_RETENTION_DAYS = 30;

/** What the solutions of a cell share: environment, logs, storage account and pull identity. */
export class Cell extends pulumi.ComponentResource {
  readonly reference: CellReference;

  constructor(name: string, args: CellArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:components:Cell", name, {}, opts);
    const { config } = args;
    const tags = { ...args.tags, "slipway-cell": config.name };
    const child = { parent: this, deleteBeforeReplace: true };
    // Customer data outlives configuration (D-29), and a group takes all that is in it along.
    const kept = { parent: this, protect: true, retainOnDelete: true };

    const group = new ResourceGroup(
      name,
      { resourceGroupName: config.resourceGroup, location: config.location, tags },
      kept,
    );
    const account = new StorageAccount(name, { ...accountArgs(config, group.name), tags }, kept);
    const identity = new UserAssignedIdentity(
      name,
      {
        resourceGroupName: group.name,
        resourceName: config.identity,
        location: config.location,
        tags,
      },
      child,
    );
    const pullAssignment = new RoleAssignment(
      name,
      {
        roleAssignmentName: args.pullAssignment,
        principalId: identity.principalId,
        principalType: "ServicePrincipal",
        roleDefinitionId: acrPullRole(args.subscriptionId),
        scope: args.registry.id,
      },
      child,
    );
    const workspace = new Workspace(name, { ...workspaceArgs(config, group.name), tags }, child);
    const environment = new ManagedEnvironment(
      name,
      {
        resourceGroupName: group.name,
        environmentName: config.managedEnvironment,
        location: config.location,
        tags,
        appLogsConfiguration: {
          destination: "log-analytics",
          logAnalyticsConfiguration: {
            customerId: workspace.customerId,
            // Required at create: https://github.com/microsoft/azure-container-apps/issues/990
            sharedKey: workspaceKey(group.name, workspace.name, this),
          },
        },
      },
      child,
    );

    this.reference = {
      location: config.location,
      resourceGroupName: group.name,
      environmentId: environment.id,
      environmentName: environment.name,
      defaultDomain: environment.defaultDomain,
      storageAccountName: account.name,
      storageAccountKey: accountKey(group.name, account.name, this),
      identityId: identity.id,
      pullAssignment,
    };
    this.registerOutputs({});
  }
}

/** ARM id of AcrPull in a subscription. */
export function acrPullRole(subscriptionId: string): string {
  return `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${ACR_PULL}`;
}

function accountArgs(config: CellConfig, resourceGroupName: pulumi.Output<string>) {
  return {
    resourceGroupName,
    accountName: config.storageAccount,
    location: config.location,
    kind: "FileStorage",
    sku: { name: config.storageSku },
    enableHttpsTrafficOnly: true,
    minimumTlsVersion: "TLS1_2",
    allowBlobPublicAccess: false,
    // Links mount by account key only: https://github.com/microsoft/azure-container-apps/issues/1446
    allowSharedKeyAccess: true,
  };
}

function workspaceArgs(config: CellConfig, resourceGroupName: pulumi.Output<string>) {
  return {
    resourceGroupName,
    workspaceName: config.logWorkspace,
    location: config.location,
    sku: { name: "PerGB2018" },
    retentionInDays: LOG_RETENTION_DAYS,
  };
}

function workspaceKey(
  resourceGroupName: pulumi.Output<string>,
  workspaceName: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const keys = getSharedKeysOutput({ resourceGroupName, workspaceName }, { parent });
  const key = pulumi
    .all([keys, workspaceName])
    .apply(([{ primarySharedKey }, name]) => listedKey(primarySharedKey, name));
  return pulumi.secret(key);
}

/**
 * The account's first key. The result of the call is not marked secret:
 * https://github.com/pulumi/pulumi-azure-native/issues/1693
 */
function accountKey(
  resourceGroupName: pulumi.Output<string>,
  accountName: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const keys = listStorageAccountKeysOutput({ resourceGroupName, accountName }, { parent });
  const key = pulumi
    .all([keys, accountName])
    .apply(([result, name]) => listedKey(result.keys[0]?.value, name));
  return pulumi.secret(key);
}
