import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, GROUP, SUBSCRIPTION, startFixture, withGroup } from "./fixture.ts";
import {
  ACR_PULL,
  assignPull,
  errorCode,
  IDENTITY,
  IDENTITY_VERSION,
  LOCATION,
  REGISTRY,
  REGISTRY_VERSION,
  ROLE_VERSION,
  withRegistry,
} from "./world.ts";

let fixture: Fixture;
let principalId: string;
const NAME = "11111111-2222-4333-8444-555555555555";
const OTHER = "11111111-2222-4333-8444-666666666666";
const at = (scope: string, name: string) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  principalId = await withRegistry(fixture);
});
afterAll(() => fixture.stop());

const call = (method: string, path: string, body?: unknown) =>
  fixture.call(method, path, body, ROLE_VERSION);
const put = (scope: string, name: string, properties: object) =>
  call("PUT", at(scope, name), {
    properties: { principalId, roleDefinitionId: ACR_PULL, ...properties },
  });

describe("role assignments", () => {
  it("creates with 201 and answers scope, principal and role", async () => {
    const answer = await assignPull(fixture, principalId);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      id: at(REGISTRY, NAME),
      name: NAME,
      properties: {
        principalId,
        scope: REGISTRY,
        roleDefinitionId: `${SUBSCRIPTION}${ACR_PULL}`,
        principalType: "ServicePrincipal",
      },
    });
    expect((await assignPull(fixture, principalId)).status).toBe(200);
  });

  it("refuses a second one of the same principal, role and scope", async () => {
    expect(errorCode(await assignPull(fixture, principalId, REGISTRY, OTHER))).toEqual([
      409,
      "RoleAssignmentExists",
    ]);
    expect((await assignPull(fixture, principalId, GROUP, OTHER)).status).toBe(201);
  });

  it("does not change what it is", async () => {
    const reader =
      "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
    expect(errorCode(await put(REGISTRY, NAME, { roleDefinitionId: reader }))).toEqual([
      400,
      "RoleAssignmentUpdateNotPermitted",
    ]);
  });

  it.each([
    ["a principal that is not there", { principalId: OTHER }, [400, "PrincipalNotFound"]],
    ["a principal that is no GUID", { principalId: "me" }, [400, "InvalidPrincipalId"]],
    [
      "a role that is not there",
      { roleDefinitionId: ACR_PULL.replace("7f95", "0000") },
      [400, "RoleDefinitionDoesNotExist"],
    ],
    ["a body without role", { roleDefinitionId: 7 }, [400, "InvalidRequestContent"]],
  ])("refuses %s", async (_what, properties, expected) => {
    expect(errorCode(await put(GROUP, "11111111-2222-4333-8444-777777777777", properties))).toEqual(
      expected,
    );
  });

  it("needs its scope", async () => {
    expect(errorCode(await put(`${GROUP}x`, NAME, {}))).toEqual([404, "ResourceGroupNotFound"]);
    expect(errorCode(await put(`${REGISTRY}x`, NAME, {}))).toEqual([404, "ResourceNotFound"]);
  });

  it("lists by scope and principal", async () => {
    const list = async (scope: string, filter = "") =>
      (
        await call("GET", `${scope}/providers/Microsoft.Authorization/roleAssignments${filter}`)
      ).body.value.map((found: { name: string }) => found.name);
    expect(await list(SUBSCRIPTION)).toEqual([OTHER, NAME]);
    expect(await list(REGISTRY)).toEqual([NAME]);
    const filter = (id: string) => `?$filter=${encodeURIComponent(`principalId eq '${id}'`)}`;
    expect(await list(SUBSCRIPTION, filter(principalId))).toHaveLength(2);
    expect(await list(SUBSCRIPTION, filter(OTHER))).toEqual([]);
  });

  it("goes with the resource that it is on", async () => {
    await fixture.settle("DELETE", REGISTRY, undefined, REGISTRY_VERSION);
    expect(errorCode(await call("GET", at(REGISTRY, NAME)))[0]).toBe(404);
    expect((await call("DELETE", at(GROUP, OTHER))).status).toBe(200);
    expect((await call("DELETE", at(GROUP, OTHER))).status).toBe(204);
    expect(errorCode(await call("GET", at(GROUP, OTHER)))).toEqual([404, "RoleAssignmentNotFound"]);
  });

  it("stops at the quota of the subscription", async () => {
    expect((await fixture.control.settings()).limits.roleAssignmentsPerSubscription).toBe(4000);
    await fixture.control.changeSettings({
      limits: { roleAssignmentsPerSubscription: 0 } as never,
    });
    expect(errorCode(await put(GROUP, NAME, {}))).toEqual([400, "RoleAssignmentLimitExceeded"]);
  });
});

describe("role definitions", () => {
  it("finds a built-in role by name and by id", async () => {
    const list = await call(
      "GET",
      `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions?$filter=${encodeURIComponent("roleName eq 'AcrPull'")}`,
    );
    expect(list.body.value).toHaveLength(1);
    expect(list.body.value[0]).toMatchObject({
      id: `${SUBSCRIPTION}${ACR_PULL}`,
      properties: { roleName: "AcrPull" },
    });
    expect((await call("GET", ACR_PULL)).body.properties.roleName).toBe("AcrPull");
    expect((await call("PUT", ACR_PULL, {})).status).toBe(405);
  });
});

describe("identities and workspaces", () => {
  it("keeps an identity's principal over updates", async () => {
    const again = await fixture.call(
      "PUT",
      IDENTITY,
      { ...LOCATION, tags: { a: "b" } },
      IDENTITY_VERSION,
    );
    expect(again.status).toBe(200);
    expect(again.body.properties).toMatchObject({
      principalId,
      tenantId: expect.any(String),
      clientId: expect.any(String),
    });
  });

  it("derives an identity's principal from its id", () => {
    expect(principalId).toBe("d466d26c-541a-5993-9e85-f9f928c16371");
  });

  it("gives a workspace its keys on request only", async () => {
    const workspace = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs`;
    const version = "2023-09-01";
    const made = await fixture.call(
      "PUT",
      workspace,
      { ...LOCATION, properties: { retentionInDays: 30 } },
      version,
    );
    expect(made.status).toBe(201);
    expect(made.body.properties).toMatchObject({
      retentionInDays: 30,
      provisioningState: "Succeeded",
      sku: { name: "PerGB2018" },
    });
    const keys = await fixture.call("POST", `${workspace}/sharedKeys`, undefined, "2020-08-01");
    expect(keys.body.primarySharedKey).toMatch(/^[A-Za-z0-9+/]{86}==$/);
    expect(JSON.stringify(made.body)).not.toContain(keys.body.primarySharedKey);
    const bad = await fixture.call(
      "PUT",
      workspace,
      { ...LOCATION, properties: { retentionInDays: 800 } },
      version,
    );
    expect(errorCode(bad)).toEqual([400, "InvalidParameter"]);
    expect((await fixture.call("DELETE", workspace, undefined, version)).status).toBe(200);
  });
});
