import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, GROUP, startFixture, withGroup } from "./fixture.ts";
import {
  app,
  ENVIRONMENT,
  errorCode,
  LOCATION,
  mounting,
  putApp,
  putShare,
  putStorage,
  storage,
  withAccount,
  withEnvironment,
} from "./world.ts";

let fixture: Fixture;
let key: string;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  key = await withAccount(fixture);
  await putShare(fixture, "data");
});
afterAll(() => fixture.stop());

const logs = (logAnalyticsConfiguration: object) => ({
  ...LOCATION,
  properties: { appLogsConfiguration: { destination: "log-analytics", logAnalyticsConfiguration } },
});

describe("managed environments", () => {
  it("creates with 201 and derives domain and address from the id", async () => {
    const put = await fixture.call("PUT", ENVIRONMENT, { ...LOCATION, properties: {} });
    expect(put.status).toBe(201);
    const shown = async () => (await fixture.call("GET", ENVIRONMENT)).body.properties;
    await expect.poll(async () => (await shown()).provisioningState).toBe("Succeeded");
    const properties = await shown();
    expect(properties).toEqual({
      defaultDomain: "sandbox-1312bd4c.westeurope.azurecontainerapps.io",
      staticIp: "20.19.18.189",
      provisioningState: "Succeeded",
    });
  });

  it("asks for the workspace's key at create and never answers it", async () => {
    const other = `${ENVIRONMENT}-logs`;
    const without = await fixture.call("PUT", other, logs({ customerId: "c" }));
    expect(errorCode(without)).toEqual([400, "InvalidRequestParameterWithDetails"]);
    const put = await fixture.settle(
      "PUT",
      other,
      logs({ customerId: "c", sharedKey: "very-secret" }),
    );
    expect(put.body.status).toBe("Succeeded");
    const shown = await fixture.call("GET", other);
    expect(shown.body.properties.appLogsConfiguration.logAnalyticsConfiguration).toEqual({
      customerId: "c",
    });
    expect(JSON.stringify(shown.body)).not.toContain("very-secret");
    const patched = await fixture.settle("PATCH", other, { tags: { a: "b" } });
    expect(patched.body.tags).toEqual({ a: "b" });
  });

  it("refuses a write while one runs", async () => {
    await fixture.control.changeSettings({ operationLatencyMs: { min: 200, max: 200 } });
    const first = await fixture.call("PUT", ENVIRONMENT, LOCATION);
    const second = await fixture.call("PUT", ENVIRONMENT, LOCATION);
    expect(errorCode(second)).toEqual([409, "ManagedEnvironmentOperationInProgress"]);
    await fixture.control.changeSettings({ operationLatencyMs: { min: 0, max: 20 } });
    const poll = String(first.headers["azure-asyncoperation"]);
    const ended = await fixture.call("GET", poll.slice(fixture.arm.endpoint.length));
    expect(ended.body.status).toBe("Succeeded");
  });

  it("stays while apps run in it, and goes after them", async () => {
    await putApp(fixture, "tenant");
    const refused = await fixture.call("DELETE", ENVIRONMENT);
    expect(errorCode(refused)).toEqual([409, "ManagedEnvironmentHasContainerApps"]);
    await fixture.settle("DELETE", app("tenant"));
    expect((await fixture.settle("DELETE", ENVIRONMENT)).status).toBe(204);
    expect((await fixture.call("GET", ENVIRONMENT)).status).toBe(404);
    await withEnvironment(fixture);
  });

  it("stops at the quotas per region and subscription", async () => {
    const put = (name: string, location: string) =>
      fixture.settle("PUT", `${GROUP}/providers/Microsoft.App/managedEnvironments/${name}`, {
        location,
      });
    await fixture.control.changeSettings({
      limits: { environmentsPerRegion: 3, environmentsPerSubscription: 4 } as never,
    });
    expect((await put("q3", "westeurope")).body.status).toBe("Succeeded");
    expect(errorCode(await put("q4", "westeurope"))).toEqual([
      400,
      "MaxNumberOfRegionalEnvironmentsInSubExceeded",
    ]);
    expect((await put("q5", "northeurope")).body.status).toBe("Succeeded");
    expect(errorCode(await put("q6", "northeurope"))).toEqual([
      400,
      "MaxNumberOfGlobalEnvironmentsInSubExceeded",
    ]);
    expect((await put("q3", "westeurope")).body.status).toBe("Succeeded");
  });
});

describe("storages of an environment", () => {
  it("is put at once, 201 then 200, and answers no key", async () => {
    expect((await putStorage(fixture, "data", { accountKey: key })).status).toBe(201);
    const again = await putStorage(fixture, "data", { accountKey: key, accessMode: "ReadOnly" });
    expect(again.status).toBe(200);
    expect((await fixture.call("GET", storage("data"))).body).toEqual({
      id: storage("data"),
      name: "data",
      type: "Microsoft.App/managedEnvironments/storages",
      properties: { azureFile: { accountName: "acct", shareName: "data", accessMode: "ReadOnly" } },
    });
    const list = await fixture.call("GET", `${ENVIRONMENT}/storages`);
    expect(list.body.value).toHaveLength(1);
    expect(JSON.stringify(list.body)).not.toContain(key);
  });

  it.each(["accessMode", "accountName", "shareName", "accountKey"])(
    "refuses one without %s",
    async (left) => {
      const azureFile = Object.fromEntries(
        Object.entries({
          accountName: "acct",
          accountKey: "k",
          shareName: "data",
          accessMode: "ReadOnly",
        }).filter(([name]) => name !== left),
      );
      const answer = await fixture.call("PUT", storage("partial"), { properties: { azureFile } });
      expect(errorCode(answer)).toEqual([400, "InvalidRequestParameterWithDetails"]);
      expect(answer.body.error.target).toBe(`properties.azureFile.${left}`);
    },
  );

  it("refuses an unknown access mode", async () => {
    const answer = await putStorage(fixture, "mode", { accountKey: key, accessMode: "readwrite" });
    expect(errorCode(answer)).toEqual([400, "InvalidRequestContent"]);
  });

  it("stays while an app mounts it, and goes after the app", async () => {
    expect((await putApp(fixture, "user", mounting("data"))).body.status).toBe("Succeeded");
    const refused = await fixture.call("DELETE", storage("data"));
    expect(errorCode(refused)).toEqual([409, "ManagedEnvironmentStorageInUse"]);
    expect(refused.body.error.message).toContain("still in use by ContainerApps: user");
    await fixture.settle("DELETE", app("user"));
    expect((await fixture.call("DELETE", storage("data"))).status).toBe(200);
    expect((await fixture.call("DELETE", storage("data"))).status).toBe(204);
  });

  it("needs its environment", async () => {
    const orphan = `${GROUP}/providers/Microsoft.App/managedEnvironments/none/storages/data`;
    const body = {
      properties: {
        azureFile: { accountName: "a", accountKey: "k", shareName: "s", accessMode: "ReadOnly" },
      },
    };
    expect(errorCode(await fixture.call("PUT", orphan, body))).toEqual([
      404,
      "ParentResourceNotFound",
    ]);
    expect(errorCode(await fixture.call("GET", orphan))).toEqual([404, "ResourceNotFound"]);
    expect(errorCode(await fixture.call("GET", orphan.slice(0, orphan.lastIndexOf("/"))))).toEqual([
      404,
      "ResourceNotFound",
    ]);
  });
});
