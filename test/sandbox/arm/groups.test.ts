import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, GROUP, SUBSCRIPTION, startFixture, withGroup } from "./fixture.ts";
import {
  ACCOUNT,
  app,
  ENVIRONMENT,
  errorCode,
  LOCATION,
  putApp,
  putShare,
  STORAGE_VERSION,
  share,
  withAccount,
  withEnvironment,
} from "./world.ts";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.stop());

describe("resource groups", () => {
  it("creates with 201, updates with 200, answers tags", async () => {
    expect((await fixture.call("PUT", GROUP, LOCATION)).status).toBe(201);
    const again = await fixture.call("PUT", GROUP, { ...LOCATION, tags: { team: "a" } });
    expect(again.status).toBe(200);
    expect((await fixture.call("GET", GROUP)).body).toEqual({
      id: GROUP,
      name: "rg",
      type: "Microsoft.Resources/resourceGroups",
      location: "westeurope",
      tags: { team: "a" },
      properties: { provisioningState: "Succeeded" },
    });
    expect((await fixture.call("HEAD", GROUP)).status).toBe(204);
  });

  it("refuses another location", async () => {
    const answer = await fixture.call("PUT", GROUP, { location: "northeurope" });
    expect(errorCode(answer)).toEqual([409, "InvalidResourceGroupLocation"]);
  });

  it("says which of group and resource is missing", async () => {
    const nowhere = `${SUBSCRIPTION}/resourceGroups/none`;
    expect(errorCode(await fixture.call("GET", nowhere))).toEqual([404, "ResourceGroupNotFound"]);
    expect((await fixture.call("HEAD", nowhere)).status).toBe(404);
    const there = `${nowhere}/providers/Microsoft.App/containerApps/app`;
    expect(errorCode(await fixture.call("GET", there))).toEqual([404, "ResourceGroupNotFound"]);
    expect(errorCode(await fixture.call("DELETE", there))).toEqual([404, "ResourceGroupNotFound"]);
    expect(errorCode(await fixture.call("GET", app("none")))).toEqual([404, "ResourceNotFound"]);
    expect((await fixture.call("DELETE", app("none"))).status).toBe(204);
  });

  it("takes everything in it along, and refuses writes while it goes", async () => {
    await withEnvironment(fixture);
    await withAccount(fixture);
    await putShare(fixture, "data");
    await putApp(fixture, "app");
    await fixture.control.changeSettings({
      operationLatencyMs: { min: 300, max: 300 },
      pollHoldMs: 0,
    });
    const first = await fixture.call("DELETE", GROUP);
    expect(first.status).toBe(202);
    expect(first.headers["retry-after"]).toBe("1");
    expect(String(first.headers.location)).toMatch(/^https:\/\/localhost:\d+\/subscriptions\//);
    const poll = String(first.headers.location).slice(fixture.arm.endpoint.length);
    expect((await fixture.call("GET", poll)).status).toBe(202);
    expect((await fixture.call("GET", GROUP)).body.properties.provisioningState).toBe("Deleting");
    expect(errorCode(await putShare(fixture, "late"))).toEqual([409, "ResourceGroupBeingDeleted"]);
    expect(errorCode(await fixture.call("PUT", GROUP, LOCATION))).toEqual([
      409,
      "ResourceGroupBeingDeleted",
    ]);
    await fixture.control.changeSettings({
      operationLatencyMs: { min: 0, max: 0 },
      pollHoldMs: 1000,
    });
    expect((await fixture.call("GET", poll)).status).toBe(204);
    expect((await fixture.call("GET", GROUP)).status).toBe(404);

    await withGroup(fixture);
    expect((await fixture.call("GET", app("app"))).status).toBe(404);
    expect((await fixture.call("GET", share("data"), undefined, STORAGE_VERSION)).status).toBe(404);
    expect((await fixture.call("GET", `${GROUP}/resources`)).body.value).toEqual([]);
    // The account's global name is free again.
    expect(await withAccount(fixture)).toMatch(/^[A-Za-z0-9+/]{86}==$/);
  });

  it("lists resources with a location, by type when asked", async () => {
    await withEnvironment(fixture);
    const names = async (query: string) =>
      (await fixture.call("GET", `${GROUP}/resources${query}`)).body.value.map(
        (r: { name: string }) => r.name,
      );
    expect(await names("")).toEqual(["env", "acct"]);
    const filter = encodeURIComponent("resourceType eq 'Microsoft.Storage/storageAccounts'");
    expect(await names(`?$filter=${filter}`)).toEqual(["acct"]);
    expect(errorCode(await fixture.call("GET", `${GROUP}/resources?$filter=nonsense`))).toEqual([
      400,
      "InvalidFilterInQueryString",
    ]);
  });

  it("refuses an unknown location and one that changes, for resources too", async () => {
    const body = { location: "atlantis", properties: {} };
    expect(errorCode(await fixture.call("PUT", `${ENVIRONMENT}2`, body))).toEqual([
      400,
      "LocationNotAvailableForResourceType",
    ]);
    expect(errorCode(await fixture.call("PUT", `${ENVIRONMENT}2`, { properties: {} }))).toEqual([
      400,
      "LocationRequired",
    ]);
    expect(errorCode(await fixture.call("PUT", ENVIRONMENT, { location: "northeurope" }))).toEqual([
      409,
      "InvalidResourceLocation",
    ]);
    expect((await fixture.call("PUT", ENVIRONMENT, { location: "West Europe" })).status).toBe(201);
  });

  it("refuses tags that ARM refuses", async () => {
    const put = (tags: Record<string, string>) =>
      fixture.call(
        "PUT",
        ACCOUNT,
        { ...LOCATION, kind: "FileStorage", sku: { name: "Premium_LRS" }, tags },
        STORAGE_VERSION,
      );
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, "v"]));
    expect(errorCode(await put(many))).toEqual([400, "TagsCountExceeded"]);
    expect(errorCode(await put({ "a/b": "v" }))).toEqual([400, "InvalidTagNameCharacters"]);
    expect(errorCode(await put({ ["a".repeat(513)]: "v" }))).toEqual([400, "InvalidTagNameLength"]);
    expect(errorCode(await put({ a: "v".repeat(257) }))).toEqual([400, "InvalidTagValueLength"]);
    expect((await put({ a: "v".repeat(256) })).status).toBe(200);
  });
});
