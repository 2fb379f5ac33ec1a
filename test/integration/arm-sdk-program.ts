// The official SDKs against an endpoint: create, get, update, list and delete of every kind of
// resource, in a process of its own because NODE_EXTRA_CA_CERTS is read when node starts.
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { ManagedServiceIdentityClient } from "@azure/arm-msi";
import { OperationalInsightsManagementClient } from "@azure/arm-operationalinsights";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { ManagedIdentityCredential } from "@azure/identity";
import { SANDBOX_SUBSCRIPTION_ID } from "../../sandbox/contract.ts";

const endpoint = process.argv[2] ?? "";
const credential = new ManagedIdentityCredential();
const scopes = ["https://management.azure.com/.default"];
const options = { endpoint, credentialScopes: scopes, credentials: { scopes } };
const location = "westeurope";
const subscription = SANDBOX_SUBSCRIPTION_ID;
const acrPull = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`;

const resources = new ResourceManagementClient(credential, subscription, options);
const apps = new ContainerAppsAPIClient(credential, subscription, options);
const storage = new StorageManagementClient(credential, subscription, options);
const registries = new ContainerRegistryManagementClient(credential, subscription, options);
const identities = new ManagedServiceIdentityClient(credential, subscription, options);
const authorization = new AuthorizationManagementClient(credential, subscription, options);
const insights = new OperationalInsightsManagementClient(credential, subscription, options);

const seen: Record<string, unknown> = {};

async function names(
  pages: AsyncIterable<{ name?: string | undefined }>,
): Promise<(string | undefined)[]> {
  const found = [];
  for await (const each of pages) found.push(each.name);
  return found;
}

await resources.resourceGroups.createOrUpdate("rg", { location, tags: { made: "by-sdk" } });
seen.group = (await resources.resourceGroups.get("rg")).tags;
seen.groups = await names(resources.resourceGroups.list());
seen.groupExists = (await resources.resourceGroups.checkExistence("other")).body;

const identity = await identities.userAssignedIdentities.createOrUpdate("rg", "puller", {
  location,
});
seen.identity =
  identity.principalId ===
  (await identities.userAssignedIdentities.get("rg", "puller")).principalId;
seen.identities = await names(identities.userAssignedIdentities.listByResourceGroup("rg"));

const workspace = await insights.workspaces.beginCreateOrUpdateAndWait("rg", "logs", {
  location,
  retentionInDays: 30,
});
const shared = await insights.sharedKeysOperations.getSharedKeys("rg", "logs");
seen.workspaces = await names(insights.workspaces.listByResourceGroup("rg"));

const registry = await registries.registries.beginCreateAndWait("rg", "sdkreg", {
  location,
  sku: { name: "Basic" },
});
seen.registry = registry.loginServer;
seen.registryUpdated = (
  await registries.registries.beginUpdateAndWait("rg", "sdkreg", { tags: { a: "b" } })
).tags;
seen.registries = await names(registries.registries.listByResourceGroup("rg"));
const assignment = await authorization.roleAssignments.create(
  registry.id ?? "",
  "11111111-2222-4333-8444-555555555555",
  {
    principalId: identity.principalId ?? "",
    roleDefinitionId: acrPull,
    principalType: "ServicePrincipal",
  },
);
seen.assignments = await names(authorization.roleAssignments.listForScope(registry.id ?? ""));

const step = {
  type: "EncodedTask" as const,
  encodedTaskContent: Buffer.from(
    "version: v1.1.0\nsteps:\n  - build: -t $Registry/api:1 .\n",
  ).toString("base64"),
  contextPath: "https://git.example.com/api.git",
  contextAccessToken: "git-token",
};
const task = await registries.tasks.beginCreateAndWait("rg", "sdkreg", "api-build", {
  location,
  platform: { os: "Linux" },
  step,
});
seen.taskToken = (await registries.tasks.get("rg", "sdkreg", "api-build")).step?.contextAccessToken;
seen.taskDetails = (
  await registries.tasks.getDetails("rg", "sdkreg", "api-build")
).step?.contextAccessToken;
const run = await registries.registries.beginScheduleRunAndWait("rg", "sdkreg", {
  type: "TaskRunRequest",
  taskId: task.id ?? "",
  overrideTaskStepProperties: {
    contextPath: "https://git.example.com/api.git#main:api",
    values: [{ name: "v", value: "1" }],
  },
});
let status: string | undefined;
do {
  status = (await registries.runs.get("rg", "sdkreg", run.runId ?? "")).status;
} while (status === "Queued" || status === "Running");
const ended = await registries.runs.get("rg", "sdkreg", run.runId ?? "");
seen.run = { status: ended.status, images: ended.outputImages };
const { logLink } = await registries.runs.getLogSasUrl("rg", "sdkreg", run.runId ?? "");
seen.log = await (await fetch(logLink ?? "")).text();
seen.runs = await names(
  registries.runs.list("rg", "sdkreg", { filter: "TaskName eq 'api-build'", top: 1 }),
);

const account = await storage.storageAccounts.create("rg", "sdkacct", {
  location,
  kind: "FileStorage",
  sku: { name: "Premium_LRS" },
});
seen.account = { kind: account.kind, state: account.provisioningState };
const { keys } = await storage.storageAccounts.listKeys("rg", "sdkacct");
await storage.storageAccounts.update("rg", "sdkacct", { tags: { a: "b" } });
seen.accountUpdated = (await storage.storageAccounts.getProperties("rg", "sdkacct")).tags;
await storage.fileShares.create("rg", "sdkacct", "data", {
  shareQuota: 100,
  metadata: { solution: "a" },
});
seen.share = (
  await storage.fileShares.update("rg", "sdkacct", "data", { shareQuota: 200 })
).shareQuota;
seen.shares = await names(storage.fileShares.list("rg", "sdkacct"));
seen.accounts = await names(storage.storageAccounts.listByResourceGroup("rg"));

const environment = await apps.managedEnvironments.beginCreateOrUpdateAndWait("rg", "env", {
  location,
  appLogsConfiguration: {
    destination: "log-analytics",
    logAnalyticsConfiguration: {
      customerId: workspace.customerId ?? "",
      sharedKey: shared.primarySharedKey ?? "",
    },
  },
});
seen.environment = environment.provisioningState;
const azureFile = {
  accountName: "sdkacct",
  accountKey: keys?.[0]?.value ?? "",
  shareName: "data",
  accessMode: "ReadWrite",
};
await apps.managedEnvironmentsStorages.createOrUpdate("rg", "env", "data", {
  properties: { azureFile },
});
seen.storageKey = (
  await apps.managedEnvironmentsStorages.get("rg", "env", "data")
).properties?.azureFile?.accountKey;

const body = (image: string) => ({
  location,
  identity: { type: "UserAssigned", userAssignedIdentities: { [identity.id ?? ""]: {} } },
  environmentId: environment.id ?? "",
  configuration: {
    ingress: { external: true, targetPort: 80 },
    registries: [{ server: registry.loginServer ?? "", identity: identity.id ?? "" }],
    secrets: [{ name: "token", value: "secret" }],
  },
  template: {
    containers: [
      {
        name: "main",
        image,
        env: [{ name: "TOKEN", secretRef: "token" }],
        volumeMounts: [{ volumeName: "v", mountPath: "/data" }],
      },
    ],
    volumes: [{ name: "v", storageType: "AzureFile", storageName: "data" }],
  },
});
const made = await apps.containerApps.beginCreateOrUpdateAndWait(
  "rg",
  "app",
  body("sdkreg.azurecr.io/api:1"),
);
seen.app = {
  state: made.provisioningState,
  fqdn: made.configuration?.ingress?.fqdn === `app.${environment.defaultDomain}`,
};
seen.appSecrets = (await apps.containerApps.listSecrets("rg", "app")).value;
const updated = await apps.containerApps.beginUpdateAndWait("rg", "app", {
  location,
  tags: { a: "b" },
});
seen.appUpdated = updated.tags;
seen.revisions = (await names(apps.containerAppsRevisions.listRevisions("rg", "app"))).length;
seen.apps = await names(apps.containerApps.listByResourceGroup("rg"));
seen.missingImage = await apps.containerApps
  .beginCreateOrUpdateAndWait("rg", "app", body("sdkreg.azurecr.io/none:1"))
  .then(
    () => "no error",
    (error: Error) => error.message.includes("sdkreg.azurecr.io/none:1"),
  );
const refusal = (error: { code?: string; statusCode?: number }) => [error.statusCode, error.code];
seen.inUse = await apps.managedEnvironmentsStorages.delete("rg", "env", "data").catch(refusal);
seen.notFound = await apps.containerApps.get("rg", "none").catch(refusal);

await apps.containerApps.beginDeleteAndWait("rg", "app");
await apps.managedEnvironmentsStorages.delete("rg", "env", "data");
await apps.managedEnvironments.beginDeleteAndWait("rg", "env");
await storage.fileShares.delete("rg", "sdkacct", "data");
await storage.storageAccounts.delete("rg", "sdkacct");
await registries.tasks.beginDeleteAndWait("rg", "sdkreg", "api-build");
await authorization.roleAssignments.delete(registry.id ?? "", assignment.name ?? "");
await registries.registries.beginDeleteAndWait("rg", "sdkreg");
await insights.workspaces.beginDeleteAndWait("rg", "logs");
await identities.userAssignedIdentities.delete("rg", "puller");
seen.left = await names(resources.resources.listByResourceGroup("rg"));
await resources.resourceGroups.beginDeleteAndWait("rg");
seen.groupsLeft = await names(resources.resourceGroups.list());
process.stdout.write(JSON.stringify(seen));
