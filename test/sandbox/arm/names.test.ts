import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, GROUP, SUBSCRIPTION, startFixture, withGroup } from "./fixture.ts";
import {
  app,
  appBody,
  ENVIRONMENT,
  errorCode,
  IDENTITY_VERSION,
  LOCATION,
  putShare,
  REGISTRY,
  REGISTRY_VERSION,
  ROLE_VERSION,
  STORAGE_VERSION,
  storage,
  TASK_VERSION,
  taskBody,
  withAccount,
  withEnvironment,
  withRegistry,
} from "./world.ts";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  await Promise.all([withEnvironment(fixture), withAccount(fixture), withRegistry(fixture)]);
});
afterAll(() => fixture.stop());

const APP_BAD = ["a", "A1", "1app", "app-", "a--b", "a_b", "a".repeat(33)];

describe("name rules", () => {
  it.each(APP_BAD)("refuses the app name %s", async (name) => {
    expect(errorCode(await fixture.call("PUT", app(name), appBody()))).toEqual([
      400,
      "ContainerAppInvalidName",
    ]);
  });

  it.each(["ab", "a1-b", `a${"b".repeat(31)}`])("takes the app name %s", async (name) => {
    expect((await fixture.call("PUT", app(name), appBody())).status).toBe(201);
  });

  it.each(APP_BAD)("refuses the storage name %s", async (name) => {
    const body = {
      properties: {
        azureFile: { accountName: "acct", accountKey: "k", shareName: "s", accessMode: "ReadOnly" },
      },
    };
    expect(errorCode(await fixture.call("PUT", storage(name), body))).toEqual([
      400,
      "ManagedEnvironmentInvalidStorageName",
    ]);
  });

  it.each(["ab", "Upper", "a--b", "-ab", "ab-", "a_b", "a".repeat(64)])(
    "refuses the share name %s",
    async (name) => {
      expect(errorCode(await putShare(fixture, name))).toEqual([400, "InvalidResourceName"]);
    },
  );

  it.each(["abc", "1-2-3", "a".repeat(63)])("takes the share name %s", async (name) => {
    expect((await putShare(fixture, name)).status).toBe(201);
  });

  it.each(["ab", "Acct", "a-b", "a".repeat(25)])("refuses the account name %s", async (name) => {
    const id = `${GROUP}/providers/Microsoft.Storage/storageAccounts/${name}`;
    const body = { ...LOCATION, kind: "FileStorage", sku: { name: "Premium_LRS" } };
    expect(errorCode(await fixture.call("PUT", id, body, STORAGE_VERSION))).toEqual([
      400,
      "AccountNameInvalid",
    ]);
  });

  it.each(["four", "with-dash", "a".repeat(51)])("refuses the registry name %s", async (name) => {
    const id = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/${name}`;
    expect(
      errorCode(
        await fixture.call("PUT", id, { ...LOCATION, sku: { name: "Basic" } }, REGISTRY_VERSION),
      ),
    ).toEqual([400, "RegistryNameInvalid"]);
  });

  it.each(["four", "with.dot", "a".repeat(51)])("refuses the task name %s", async (name) => {
    expect(
      errorCode(await fixture.call("PUT", `${REGISTRY}/tasks/${name}`, taskBody(), TASK_VERSION)),
    ).toEqual([400, "TaskNameInvalid"]);
  });

  it.each(["ab", "-ab", "a".repeat(129)])("refuses the identity name %s", async (name) => {
    const id = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
    expect(errorCode(await fixture.call("PUT", id, LOCATION, IDENTITY_VERSION))).toEqual([
      400,
      "InvalidResourceName",
    ]);
  });

  it.each(["abc", "a_bc", "-abc", "a".repeat(64)])(
    "refuses the workspace name %s",
    async (name) => {
      const id = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/${name}`;
      expect(errorCode(await fixture.call("PUT", id, LOCATION, "2023-09-01"))).toEqual([
        400,
        "InvalidParameter",
      ]);
    },
  );

  it.each(["ends.", "sp ace", "a".repeat(91)])("refuses the group name %s", async (name) => {
    expect(
      errorCode(
        await fixture.call(
          "PUT",
          `${SUBSCRIPTION}/resourceGroups/${encodeURIComponent(name)}`,
          LOCATION,
        ),
      ),
    ).toEqual([400, "InvalidResourceGroup"]);
  });

  it.each(["a", "-ab", "a_b", "a".repeat(61)])("refuses the environment name %s", async (name) => {
    const id = `${GROUP}/providers/Microsoft.App/managedEnvironments/${name}`;
    const put = await fixture.call("PUT", id, LOCATION);
    expect(errorCode(put)).toEqual([400, "ManagedEnvironmentInvalidName"]);
  });

  it("refuses a role assignment that is not named by a GUID", async () => {
    const id = `${GROUP}/providers/Microsoft.Authorization/roleAssignments/acrpull`;
    expect(errorCode(await fixture.call("PUT", id, { properties: {} }, ROLE_VERSION))).toEqual([
      400,
      "InvalidRoleAssignmentId",
    ]);
  });

  it("compares names without case and answers with the first spelling", async () => {
    const shouted = ENVIRONMENT.replace("resourceGroups/rg", "RESOURCEGROUPS/RG").replace(
      "env",
      "ENV",
    );
    const answer = await fixture.call("GET", shouted);
    expect(answer.body.id).toBe(ENVIRONMENT);
    expect(answer.body.name).toBe("env");
  });
});
