/**
 * Baseline of the preview benchmark: the resources of a bench stack as one would write them in a
 * single file, with nothing of Slipway. Config: `registryId`, `server`, `images` (component -> digest
 * reference and version), `solutions` (ids), `subscriptionId`.
 */
import { createHash } from "node:crypto";
import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import { ManagedEnvironment } from "@pulumi/azure-native/app/managedEnvironment.js";
import { ManagedEnvironmentsStorage } from "@pulumi/azure-native/app/managedEnvironmentsStorage.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { getSharedKeysOutput } from "@pulumi/azure-native/operationalinsights/getSharedKeys.js";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { FileShare } from "@pulumi/azure-native/storage/fileShare.js";
import { listStorageAccountKeysOutput } from "@pulumi/azure-native/storage/listStorageAccountKeys.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import * as pulumi from "@pulumi/pulumi";

interface Image {
  reference: string;
  version: string;
  digest: string;
}

const config = new pulumi.Config("plain");
const registryId = config.require("registryId");
const server = config.require("server");
const subscriptionId = config.require("subscriptionId");
const solutions = config.requireObject<string[]>("solutions");
const images = config.requireObject<Record<string, Image>>("images");
const location = "westeurope";

const cell = new pulumi.ComponentResource("plain:index:Cell", "cell");
const group = new ResourceGroup(
  "cell",
  { resourceGroupName: "rg-plain", location },
  { parent: cell },
);
const account = new StorageAccount(
  "cell",
  {
    resourceGroupName: group.name,
    accountName: "stplain",
    location,
    kind: "FileStorage",
    sku: { name: "Premium_LRS" },
    enableHttpsTrafficOnly: true,
    minimumTlsVersion: "TLS1_2",
    allowBlobPublicAccess: false,
    allowSharedKeyAccess: true,
  },
  { parent: cell },
);
const identity = new UserAssignedIdentity(
  "cell",
  { resourceGroupName: group.name, resourceName: "id-plain", location },
  { parent: cell },
);
const pull = new RoleAssignment(
  "cell",
  {
    roleAssignmentName: "706c6169-6e00-4000-a000-000000000000",
    principalId: identity.principalId,
    principalType: "ServicePrincipal",
    roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`,
    scope: registryId,
  },
  { parent: cell },
);
const workspace = new Workspace(
  "cell",
  {
    resourceGroupName: group.name,
    workspaceName: "log-plain",
    location,
    sku: { name: "PerGB2018" },
    retentionInDays: 30,
  },
  { parent: cell },
);
const sharedKey = getSharedKeysOutput({
  resourceGroupName: group.name,
  workspaceName: workspace.name,
}).apply((keys) => keys.primarySharedKey ?? "");
const environment = new ManagedEnvironment(
  "cell",
  {
    resourceGroupName: group.name,
    environmentName: "env-plain",
    location,
    appLogsConfiguration: {
      destination: "log-analytics",
      logAnalyticsConfiguration: {
        customerId: workspace.customerId,
        sharedKey: pulumi.secret(sharedKey),
      },
    },
  },
  { parent: cell },
);
const accountKey = pulumi.secret(
  listStorageAccountKeysOutput({
    resourceGroupName: group.name,
    accountName: account.name,
  }).apply((result) => result.keys[0]?.value ?? ""),
);

for (const id of solutions) {
  const hash = createHash("sha256").update(id).digest("hex").slice(0, 12);
  const parent = new pulumi.ComponentResource("plain:index:Solution", id, {}, { parent: cell });
  const share = (kind: string) =>
    new FileShare(
      `${id}-${kind}`,
      {
        resourceGroupName: group.name,
        accountName: account.name,
        shareName: `${id}-${kind}`,
        shareQuota: 100,
        metadata: { solution: id },
      },
      { parent, protect: true, retainOnDelete: true },
    );
  const storage = (kind: string, of: FileShare, accessMode: string) =>
    new ManagedEnvironmentsStorage(
      `${id}-${kind}`,
      {
        resourceGroupName: group.name,
        environmentName: environment.name,
        storageName: `${kind}-${hash}`,
        properties: {
          azureFile: { accountName: account.name, accountKey, shareName: of.name, accessMode },
        },
      },
      { parent },
    );
  const customer = share("customer");
  const internal = share("internal");
  const storages = {
    customerRw: storage("customer-rw", customer, "ReadWrite"),
    customerRo: storage("customer-ro", customer, "ReadOnly"),
    internalRw: storage("internal-rw", internal, "ReadWrite"),
  };
  const app = (
    key: string,
    component: string,
    external: boolean,
    mounts: { storage: string; path: string }[],
    dependsOn: pulumi.Resource[],
    urls: Record<string, string>,
  ) => {
    const image = images[component];
    if (image === undefined) throw new Error(`no image of ${component}`);
    const variables = {
      METHODOLOGY_PATH: "/repo/trajectory-methodology",
      SLIPWAY_SOLUTION: id,
      SLIPWAY_APP: key,
      SLIPWAY_COMPONENT: component,
      SLIPWAY_VERSION: image.version,
      SLIPWAY_RELEASE: `${component}@${image.version}`,
      SLIPWAY_ENVIRONMENT: "bench",
      SLIPWAY_DIGEST: image.digest,
    };
    new ContainerApp(
      `${id}-${key}`,
      {
        resourceGroupName: group.name,
        containerAppName: `${key}-${hash}`,
        location,
        environmentId: environment.id,
        identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
        configuration: {
          activeRevisionsMode: "Single",
          ingress: { external, targetPort: 8080, transport: "auto" },
          registries: [{ server, identity: identity.id }],
        },
        template: {
          containers: [
            {
              name: key,
              image: image.reference,
              env: [
                ...Object.entries(variables).map(([name, value]) => ({ name, value })),
                ...Object.entries(urls).map(([name, to]) => ({
                  name,
                  value: pulumi.interpolate`https://${to}-${hash}.${environment.defaultDomain}`,
                })),
              ],
              resources: { cpu: 0.5, memory: "1Gi" },
              volumeMounts: mounts.map((mount) => ({
                volumeName: mount.storage,
                mountPath: mount.path,
              })),
            },
          ],
          volumes: mounts.map((mount) => ({
            name: mount.storage,
            storageType: "AzureFile",
            storageName: mount.storage,
          })),
          scale: { minReplicas: 0, maxReplicas: 2 },
        },
        tags: { solution: id, component, version: image.version, digest: image.digest },
      },
      { parent, dependsOn: [...dependsOn, pull] },
    );
  };
  const read = { storage: `customer-ro-${hash}`, path: "/repo" };
  app("orbit", "orbit-webapp", true, [read], [storages.customerRo], { AGENT_URL: "agent" });
  app(
    "agent",
    "maxq-orbit-agent",
    false,
    [
      { storage: `customer-rw-${hash}`, path: "/repo" },
      { storage: `internal-rw-${hash}`, path: "/var/lib/orbit" },
    ],
    [storages.customerRw, storages.internalRw],
    {},
  );
  app("mc", "maxq-orbit-agent-webapp", true, [read], [storages.customerRo], { AGENT_URL: "agent" });
}
