import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, GROUP, startFixture, withGroup } from "./fixture.ts";
import {
  app,
  appBody,
  ENVIRONMENT,
  errorCode,
  IDENTITY,
  LOCATION,
  mounting,
  putApp,
  putStorage,
  withEnvironment,
  withRegistry,
} from "./world.ts";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  await withEnvironment(fixture);
});
afterAll(() => fixture.stop());

const INGRESS = { ingress: { external: true, targetPort: 80 } };

describe("container apps", () => {
  it("answers a first put with 201 and an absolute operation URL, then what the service adds", async () => {
    const put = await fixture.call("PUT", app("first"), appBody({ configuration: INGRESS }));
    expect(put.status).toBe(201);
    expect(put.body.properties.provisioningState).toBe("InProgress");
    const poll = String(put.headers["azure-asyncoperation"]);
    expect(poll.startsWith(`${fixture.arm.endpoint}/subscriptions/`)).toBe(true);
    const ended = await fixture.call("GET", poll.slice(fixture.arm.endpoint.length));
    expect(ended.body).toMatchObject({
      status: "Succeeded",
      name: poll.split("/").at(-1)?.split("?")[0],
    });

    const domain = (await fixture.call("GET", ENVIRONMENT)).body.properties.defaultDomain;
    const { properties } = (await fixture.call("GET", app("first"))).body;
    expect(properties).toMatchObject({
      provisioningState: "Succeeded",
      environmentId: ENVIRONMENT,
      managedEnvironmentId: ENVIRONMENT,
      configuration: {
        activeRevisionsMode: "Single",
        ingress: { fqdn: `first.${domain}`, traffic: [{ latestRevision: true, weight: 100 }] },
      },
      template: {
        containers: [{ resources: { cpu: 0.5, memory: "1Gi" } }],
        scale: { maxReplicas: 10 },
      },
    });
    expect(properties.latestRevisionName).toMatch(/^first--[0-9a-f]{7}$/);
    expect(properties.latestReadyRevisionName).toBe(properties.latestRevisionName);
    expect(properties.latestRevisionFqdn).toBe(`${properties.latestRevisionName}.${domain}`);
  });

  it("gives an internal app an internal name and one without ingress none", async () => {
    await putApp(fixture, "inner", {
      configuration: { ingress: { external: false, targetPort: 80 } },
    });
    await putApp(fixture, "silent");
    const inner = (await fixture.call("GET", app("inner"))).body.properties;
    expect(inner.configuration.ingress.fqdn).toMatch(/^inner\.internal\.sandbox-/);
    const silent = (await fixture.call("GET", app("silent"))).body.properties;
    expect(silent.configuration.ingress).toBeUndefined();
    expect(silent.latestRevisionFqdn).toBeUndefined();
  });

  it("answers 200 and starts nothing when a put changes nothing", async () => {
    const same = await fixture.call("PUT", app("first"), appBody({ configuration: INGRESS }));
    expect(same.status).toBe(200);
    expect(same.headers["azure-asyncoperation"]).toBeUndefined();
    const other = await fixture.settle(
      "PUT",
      app("first"),
      appBody({ configuration: INGRESS, top: { tags: { a: "b" } } }),
    );
    expect(other.body.status).toBe("Succeeded");
    expect((await fixture.call("GET", app("first"))).body.tags).toEqual({ a: "b" });
  });

  it("lists in group and subscription", async () => {
    const inGroup = await fixture.call("GET", `${GROUP}/providers/Microsoft.App/containerApps`);
    const inSubscription = await fixture.call(
      "GET",
      `${GROUP.split("/resourceGroups")[0]}/providers/Microsoft.App/containerApps`,
    );
    const names = inGroup.body.value.map((found: { name: string }) => found.name);
    expect(names).toEqual(["first", "inner", "silent"]);
    expect(inSubscription.body).toEqual(inGroup.body);
    const page = await fixture.call("GET", `${GROUP}/providers/Microsoft.App/containerApps?$top=2`);
    expect(page.body.value).toHaveLength(2);
    const rest = await fixture.call("GET", page.body.nextLink.slice(fixture.arm.endpoint.length));
    expect(rest.body).toMatchObject({ value: [{ name: "silent" }] });
    expect(rest.body.nextLink).toBeUndefined();
    for (const top of ["0", "many"]) {
      const bad = await fixture.call(
        "GET",
        `${GROUP}/providers/Microsoft.App/containerApps?$top=${top}`,
      );
      expect(errorCode(bad)).toEqual([400, "InvalidQueryParameter"]);
    }
  });

  it("refuses a write while another one runs", async () => {
    await fixture.control.changeSettings({ operationLatencyMs: { min: 200, max: 200 } });
    await fixture.call("PUT", app("locked"), appBody());
    expect(errorCode(await fixture.call("PUT", app("locked"), appBody()))).toEqual([
      409,
      "ContainerAppLockConflict",
    ]);
    expect(errorCode(await fixture.call("DELETE", app("locked")))).toEqual([
      409,
      "ContainerAppLockConflict",
    ]);
    await fixture.control.changeSettings({ operationLatencyMs: { min: 0, max: 20 } });
  });

  it("patches with 202 and Location, keeping what the patch does not name", async () => {
    const patch = await fixture.settle("PATCH", app("first"), { tags: { a: "c" } });
    expect(patch.status).toBe(200);
    expect(patch.body.tags).toEqual({ a: "c" });
    expect(patch.body.properties.configuration.ingress.targetPort).toBe(80);
    expect(errorCode(await fixture.call("PATCH", app("none"), {}))).toEqual([
      404,
      "ResourceNotFound",
    ]);
  });

  it("deletes with 202, then 404, then 204", async () => {
    const first = await fixture.call("DELETE", app("silent"));
    expect(first.status).toBe(202);
    const poll = String(first.headers.location).slice(fixture.arm.endpoint.length);
    expect((await fixture.call("GET", poll)).status).toBe(204);
    expect((await fixture.call("GET", app("silent"))).status).toBe(404);
    expect((await fixture.call("DELETE", app("silent"))).status).toBe(204);
  });

  it("replaces, it does not move, an app to another environment", async () => {
    const second = `${ENVIRONMENT}2`;
    await fixture.settle("PUT", second, { ...LOCATION, properties: {} });
    const moved = await putApp(fixture, "first", { properties: { environmentId: second } });
    expect(errorCode(moved)).toEqual([400, "ContainerAppEnvironmentImmutable"]);
  });

  it("refuses an environment that is not there or not ready", async () => {
    const gone = await putApp(fixture, "lost", {
      properties: { environmentId: `${ENVIRONMENT}9` },
    });
    expect(errorCode(gone)).toEqual([400, "ManagedEnvironmentNotFound"]);
    await fixture.control.changeSettings({ operationLatencyMs: { min: 200, max: 200 } });
    const slow = `${ENVIRONMENT}3`;
    await fixture.call("PUT", slow, { ...LOCATION, properties: {} });
    const early = await putApp(fixture, "early", { properties: { environmentId: slow } });
    await fixture.control.changeSettings({ operationLatencyMs: { min: 0, max: 20 } });
    expect(errorCode(early)).toEqual([409, "ManagedEnvironmentNotProvisioned"]);
  });

  const refusals: [string, object, string][] = [
    ["no container", { template: { containers: [] } }, "InvalidRequestContent"],
    [
      "a wrong type",
      { template: { containers: [{ name: "a", image: 7 }] } },
      "InvalidRequestContent",
    ],
    [
      "an unknown mode",
      { configuration: { activeRevisionsMode: "Triple" } },
      "InvalidRequestContent",
    ],
    [
      "cpu and memory that do not fit",
      { container: { resources: { cpu: 0.5, memory: "2Gi" } } },
      "ContainerAppInvalidResourceTotal",
    ],
    [
      "a secret without value",
      { configuration: { secrets: [{ name: "a" }] } },
      "ContainerAppSecretInvalid",
    ],
    [
      "a secret's bad name",
      { configuration: { secrets: [{ name: "A_b", value: "x" }] } },
      "ContainerAppInvalidSecretName",
    ],
    [
      "a secretRef to nothing",
      { container: { env: [{ name: "A", secretRef: "none" }] } },
      "ContainerAppSecretRefNotFound",
    ],
    [
      "a variable given twice",
      {
        container: {
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "2" },
          ],
        },
      },
      "ContainerAppDuplicateEnvironmentVariable",
    ],
    [
      "a bad variable name",
      { container: { env: [{ name: "A=B", value: "1" }] } },
      "InvalidParameterValueInContainerTemplate",
    ],
    [
      "an image with a bad digest",
      { image: "myreg.azurecr.io/a@sha256:ABC" },
      "InvalidParameterValueInContainerTemplate",
    ],
    ["a volume without storage", mounting("nothing"), "ManagedEnvironmentStorageNotFound"],
    [
      "a mount without volume",
      { container: { volumeMounts: [{ volumeName: "x", mountPath: "/x" }] } },
      "InvalidParameterValueInContainerTemplate",
    ],
    [
      "a container given twice",
      {
        template: {
          containers: [
            { name: "a", image: "x" },
            { name: "a", image: "x" },
          ],
        },
      },
      "ContainerAppDuplicateContainerName",
    ],
    [
      "a volume given twice",
      { template: { volumes: [{ name: "v" }, { name: "v" }] } },
      "ContainerAppDuplicateVolumeName",
    ],
    [
      "a path mounted twice",
      {
        template: { volumes: [{ name: "v" }] },
        container: {
          volumeMounts: [
            { volumeName: "v", mountPath: "/v" },
            { volumeName: "v", mountPath: "/v" },
          ],
        },
      },
      "ContainerAppDuplicateMountPath",
    ],
    [
      "a secret given twice",
      {
        configuration: {
          secrets: [
            { name: "a", value: "1" },
            { name: "a", value: "2" },
          ],
        },
      },
      "ContainerAppSecretNameDuplicated",
    ],
    ["no environment", { properties: { environmentId: null } }, "ContainerAppMissingEnvironment"],
    [
      "a password's secret that is not there",
      { configuration: { registries: [{ server: "r.azurecr.io", passwordSecretRef: "none" }] } },
      "ContainerAppSecretRefNotFound",
    ],
    [
      "min above max",
      { template: { scale: { minReplicas: 5, maxReplicas: 2 } } },
      "ContainerAppInvalidScale",
    ],
    [
      "an unknown workload profile",
      { properties: { workloadProfileName: "D4" } },
      "WorkloadProfileNotFound",
    ],
    [
      "an identity that is not there",
      { top: { identity: { type: "UserAssigned", userAssignedIdentities: { "/x": {} } } } },
      "FailedIdentityOperation",
    ],
    [
      "a registry identity that is not assigned",
      { configuration: { registries: [{ server: "r.azurecr.io", identity: "/x" }] } },
      "InvalidParameterValueInContainerTemplate",
    ],
    [
      "a port out of range",
      { configuration: { ingress: { targetPort: 70000 } } },
      "ContainerAppInvalidIngressTargetPort",
    ],
  ];
  it.each(refusals)("refuses %s", async (_what, change, code) => {
    expect(errorCode(await putApp(fixture, "refused", change))).toEqual([400, code]);
    expect((await fixture.call("GET", app("refused"))).status).toBe(404);
  });

  it("refuses more cores than the environment has", async () => {
    await fixture.control.changeSettings({ limits: { coresPerEnvironment: 1 } as never });
    const scale = (minReplicas: number) => ({ template: { scale: { minReplicas } } });
    expect((await putApp(fixture, "warm", scale(2))).body.status).toBe("Succeeded");
    expect(errorCode(await putApp(fixture, "warmer", scale(1)))).toEqual([
      400,
      "MaximumAllowedCoresExceeded",
    ]);
    expect((await putApp(fixture, "cold", scale(0))).body.status).toBe("Succeeded");
  });

  it("fills an assigned identity's principal", async () => {
    const principalId = await withRegistry(fixture);
    const identity = { type: "UserAssigned", userAssignedIdentities: { [IDENTITY]: {} } };
    await putApp(fixture, "with-id", { top: { identity } });
    const shown = (await fixture.call("GET", app("with-id"))).body.identity;
    expect(shown.userAssignedIdentities[IDENTITY]?.principalId).toBe(principalId);
  });

  it("mounts only storages of its own environment", async () => {
    await putStorage(fixture, "data", { accountKey: "k" });
    const other = { ...mounting("data"), properties: { environmentId: `${ENVIRONMENT}2` } };
    expect(errorCode(await putApp(fixture, "far", other))).toEqual([
      400,
      "ManagedEnvironmentStorageNotFound",
    ]);
  });
});
