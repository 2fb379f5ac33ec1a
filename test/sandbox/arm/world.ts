import { type Answer, type Fixture, GROUP } from "./fixture.ts";

export const STORAGE_VERSION = "2024-01-01";
export const REGISTRY_VERSION = "2023-01-01-preview";
export const TASK_VERSION = "2019-06-01-preview";
export const ROLE_VERSION = "2022-04-01";
export const IDENTITY_VERSION = "2023-01-31";
export const LOCATION = { location: "westeurope" };

export const ENVIRONMENT = `${GROUP}/providers/Microsoft.App/managedEnvironments/env`;
export const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/acct`;
export const SHARES = `${ACCOUNT}/fileServices/default/shares`;
export const REGISTRY = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/myreg`;
export const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
export const ACR_PULL =
  "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d";

export const app = (name: string) => `${GROUP}/providers/Microsoft.App/containerApps/${name}`;
export const storage = (name: string) => `${ENVIRONMENT}/storages/${name}`;
export const share = (name: string) => `${SHARES}/${name}`;

/** Properties of an app's body that a test changes. */
export interface AppChange {
  image?: string;
  suffix?: string;
  template?: object;
  container?: object;
  configuration?: object;
  properties?: object;
  top?: object;
}

export function appBody(change: AppChange = {}): object {
  return {
    ...LOCATION,
    ...change.top,
    properties: {
      environmentId: ENVIRONMENT,
      configuration: { ...change.configuration },
      template: {
        ...(change.suffix === undefined ? {} : { revisionSuffix: change.suffix }),
        containers: [
          { name: "main", image: change.image ?? "images.example.com/x:1", ...change.container },
        ],
        ...change.template,
      },
      ...change.properties,
    },
  };
}

/** Template parts of an app that mounts one storage at `/data`. */
export function mounting(storageName: string): AppChange {
  return {
    container: { volumeMounts: [{ volumeName: "data", mountPath: "/data" }] },
    template: { volumes: [{ name: "data", storageType: "AzureFile", storageName }] },
  };
}

/** Puts an app and waits for the end. @returns the operation's status document, or the refusal */
export function putApp(fixture: Fixture, name: string, change: AppChange = {}): Promise<Answer> {
  // With volumes in `template` and mounts in `container`, both have to reach the body.
  return fixture.settle("PUT", app(name), appBody(change));
}

export async function withEnvironment(fixture: Fixture): Promise<void> {
  await fixture.settle("PUT", ENVIRONMENT, { ...LOCATION, properties: {} });
}

/** @returns the account's first key */
export async function withAccount(fixture: Fixture): Promise<string> {
  const body = { ...LOCATION, kind: "FileStorage", sku: { name: "Premium_LRS" } };
  await fixture.settle("PUT", ACCOUNT, body, STORAGE_VERSION);
  const keys = await fixture.call("POST", `${ACCOUNT}/listKeys`, undefined, STORAGE_VERSION);
  return keys.body.keys[0]?.value ?? "";
}

export function putShare(fixture: Fixture, name: string, properties: object = {}): Promise<Answer> {
  return fixture.call(
    "PUT",
    share(name),
    { properties: { shareQuota: 100, ...properties } },
    STORAGE_VERSION,
  );
}

export function putStorage(
  fixture: Fixture,
  name: string,
  azureFile: Record<string, unknown>,
): Promise<Answer> {
  const body = { accountName: "acct", shareName: "data", accessMode: "ReadWrite", ...azureFile };
  return fixture.call("PUT", storage(name), { properties: { azureFile: body } });
}

/** @returns the registry's pull identity's principal */
export async function withRegistry(fixture: Fixture): Promise<string> {
  await fixture.settle("PUT", REGISTRY, { ...LOCATION, sku: { name: "Basic" } }, REGISTRY_VERSION);
  const identity = await fixture.call("PUT", IDENTITY, LOCATION, IDENTITY_VERSION);
  return identity.body.properties.principalId;
}

export function assignPull(
  fixture: Fixture,
  principalId: string,
  scope: string = REGISTRY,
  name = "11111111-2222-4333-8444-555555555555",
): Promise<Answer> {
  return fixture.call(
    "PUT",
    `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    { properties: { principalId, roleDefinitionId: ACR_PULL, principalType: "ServicePrincipal" } },
    ROLE_VERSION,
  );
}

/** What an app needs to pull from the registry with the identity. */
export const PULLING: AppChange = {
  configuration: { registries: [{ server: "myreg.azurecr.io", identity: IDENTITY }] },
  top: { identity: { type: "UserAssigned", userAssignedIdentities: { [IDENTITY]: {} } } },
};

export function taskBody(step: object = {}): object {
  const yaml = "version: v1.1.0\nsteps:\n  - build: -t $Registry/api:{{.Values.version}} .\n";
  return {
    ...LOCATION,
    properties: {
      platform: { os: "Linux" },
      step: {
        type: "EncodedTask",
        encodedTaskContent: Buffer.from(yaml).toString("base64"),
        contextPath: "https://git.example.com/api.git#main",
        ...step,
      },
    },
  };
}

export function errorCode(answer: Answer): [number, string | undefined] {
  return [answer.status, answer.body?.error?.code];
}
