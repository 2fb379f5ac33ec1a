/**
 * One resource of every type that the stand-in plugin has, wired as a cell with one solution is. The
 * variable PROGRAM changes it, so that a test can say what an edit of the program is.
 */
import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import { ManagedEnvironmentsStorage } from "@pulumi/azure-native/app/managedEnvironmentsStorage.js";
import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { Registry } from "@pulumi/azure-native/containerregistry/registry.js";
import { Task } from "@pulumi/azure-native/containerregistry/task.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { getSharedKeysOutput } from "@pulumi/azure-native/operationalinsights/getSharedKeys.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { FileShare } from "@pulumi/azure-native/storage/fileShare.js";
import { listStorageAccountKeysOutput } from "@pulumi/azure-native/storage/listStorageAccountKeys.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import * as pulumi from "@pulumi/pulumi";

export interface ProgramSettings {
  team?: string;
  image?: string;
  /** Of the second storage account, which nothing depends on. */
  spareLocation?: string;
  appToken?: string;
  taskToken?: string;
  /** Leaves the app out. */
  withoutApp?: boolean;
  /** Laid over the app's configuration. */
  configuration?: Record<string, unknown>;
}

const settings = JSON.parse(process.env.PROGRAM ?? "{}") as ProgramSettings;
const tags = { "managed-by": "slipway", team: settings.team ?? "blue" };

const group = new ResourceGroup("group", {
  resourceGroupName: "cell-1",
  location: "westeurope",
  tags,
});
const resourceGroupName = group.name;

const workspace = new Workspace("workspace", {
  resourceGroupName,
  workspaceName: "logs-1",
  sku: { name: "PerGB2018" },
  retentionInDays: 30,
  tags,
});
const keys = getSharedKeysOutput({ resourceGroupName, workspaceName: workspace.name });
const environment = new ManagedEnvironment("environment", {
  resourceGroupName,
  environmentName: "env-1",
  appLogsConfiguration: {
    destination: "log-analytics",
    logAnalyticsConfiguration: {
      customerId: workspace.customerId,
      sharedKey: pulumi.secret(keys.apply(({ primarySharedKey }) => primarySharedKey ?? "")),
    },
  },
  tags,
});

const account = new StorageAccount("account", {
  resourceGroupName,
  accountName: "slipwaydata1",
  kind: "FileStorage",
  sku: { name: "Premium_LRS" },
  enableHttpsTrafficOnly: true,
  tags,
});
new StorageAccount("spare", {
  resourceGroupName,
  accountName: "slipwayspare1",
  kind: "StorageV2",
  sku: { name: "Standard_LRS" },
  location: settings.spareLocation ?? "westeurope",
});
const share = new FileShare("share", {
  resourceGroupName,
  accountName: account.name,
  shareName: "acme-customer",
  shareQuota: 100,
  metadata: { solution: "acme" },
});
const accountKey = pulumi.secret(
  listStorageAccountKeysOutput({ resourceGroupName, accountName: account.name }).apply(
    (result) => result.keys[0]?.value ?? "",
  ),
);
const link = new ManagedEnvironmentsStorage("link", {
  resourceGroupName,
  environmentName: environment.name,
  storageName: "customer-rw-1",
  properties: {
    azureFile: {
      accountName: account.name,
      accountKey,
      shareName: share.name,
      accessMode: "ReadWrite",
    },
  },
});

const registry = new Registry("registry", {
  resourceGroupName,
  registryName: "slipwayimages1",
  sku: { name: "Standard" },
  tags,
});
const identity = new UserAssignedIdentity("identity", {
  resourceGroupName,
  resourceName: "pull-1",
  tags,
});
const { subscriptionId } = getClientConfigOutput();
new RoleAssignment("pull", {
  roleAssignmentName: "11111111-2222-4333-8444-555555555555",
  scope: registry.id,
  principalId: identity.principalId,
  principalType: "ServicePrincipal",
  roleDefinitionId: pulumi.interpolate`/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`,
});
new Task("task", {
  resourceGroupName,
  registryName: registry.name,
  taskName: "orbit-webapp",
  platform: { os: "Linux", architecture: "amd64" },
  status: "Enabled",
  step: {
    type: "EncodedTask",
    encodedTaskContent: Buffer.from(
      "version: v1.1.0\nsteps:\n  - build: -t $Registry/a:b .\n",
    ).toString("base64"),
    contextAccessToken: pulumi.secret(settings.taskToken ?? "task-token-1"),
  },
  tags,
});

const app = settings.withoutApp ? undefined : declareApp();

export const fqdn = app?.latestRevisionFqdn;

function declareApp(): ContainerApp {
  return new ContainerApp("app", {
    resourceGroupName,
    containerAppName: "orbit-1",
    environmentId: environment.id,
    identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
    configuration: {
      activeRevisionsMode: "Single",
      ingress: { external: true, targetPort: 3000, transport: "auto" },
      registries: [{ server: registry.loginServer, identity: identity.id }],
      secrets: [{ name: "git-token", value: pulumi.secret(settings.appToken ?? "app-token-1") }],
      ...settings.configuration,
    },
    template: {
      containers: [
        {
          name: "orbit",
          image:
            settings.image ?? `slipwayimages1.azurecr.io/orbit-webapp@sha256:${"1".repeat(64)}`,
          env: [
            { name: "SOLUTION", value: "acme" },
            { name: "GIT_TOKEN", secretRef: "git-token" },
          ],
          resources: { cpu: 0.25, memory: "0.5Gi" },
          volumeMounts: [{ volumeName: "customer", mountPath: "/repo" }],
        },
      ],
      volumes: [{ name: "customer", storageName: link.name, storageType: "AzureFile" }],
      scale: { minReplicas: 0, maxReplicas: 1 },
    },
    tags,
  });
}
