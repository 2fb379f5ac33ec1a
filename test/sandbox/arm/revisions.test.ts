import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fixture, startFixture, withGroup } from "./fixture.ts";
import { type AppChange, app, appBody, errorCode, putApp, withEnvironment } from "./world.ts";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  await withEnvironment(fixture);
});
afterAll(() => fixture.stop());

const multiple = (traffic?: object[]) => ({
  configuration: {
    activeRevisionsMode: "Multiple",
    ingress: { external: true, targetPort: 80, ...(traffic ? { traffic } : {}) },
  },
});

interface Shown {
  name: string;
  properties: { active: boolean; trafficWeight: number; provisioningState: string };
}

async function revisions(name: string): Promise<Shown[]> {
  const answer = await fixture.call("GET", `${app(name)}/revisions`);
  return answer.body.value.toSorted(
    (a: { properties: { createdTime: string } }, b: { properties: { createdTime: string } }) =>
      a.properties.createdTime.localeCompare(b.properties.createdTime),
  );
}

const ok = async (name: string, change: AppChange) => {
  const answer = await putApp(fixture, name, change);
  expect(answer.body.status ?? answer.body.properties?.provisioningState).toBe("Succeeded");
};

describe("revisions", () => {
  it("makes one per change of the template and none for a change beside it", async () => {
    await ok("one", { suffix: "r1" });
    await ok("one", { suffix: "r1", top: { tags: { a: "b" } } });
    await ok("one", { suffix: "r1", configuration: { secrets: [{ name: "a", value: "1" }] } });
    expect((await revisions("one")).map((r) => r.name)).toEqual(["one--r1"]);
    await ok("one", { suffix: "r2" });
    await ok("one", { image: "images.example.com/x:2" });
    const names = (await revisions("one")).map((r) => r.name);
    expect(names.slice(0, 2)).toEqual(["one--r1", "one--r2"]);
    expect(names[2]).toMatch(/^one--[0-9a-f]{7}$/);
    expect(names).toHaveLength(3);
  });

  it("keeps one active in Single mode, all in Multiple", async () => {
    expect((await revisions("one")).map((r) => r.properties.active)).toEqual([false, false, true]);
    await ok("many", { suffix: "r1", ...multiple() });
    await ok("many", { suffix: "r2", ...multiple() });
    expect((await revisions("many")).map((r) => r.properties.active)).toEqual([true, true]);
    expect((await revisions("many")).map((r) => r.properties.trafficWeight)).toEqual([0, 100]);
  });

  it("derives names that do not depend on time or machine", async () => {
    await ok("named", {});
    const first = (await fixture.call("GET", app("named"))).body.properties.latestRevisionName;
    expect(first).toBe("named--dd253d9");
  });

  it("refuses a suffix that the app has used before, even with the old template", async () => {
    await ok("used", { suffix: "r1" });
    await ok("used", { suffix: "r2", image: "images.example.com/x:2" });
    const again = await putApp(fixture, "used", { suffix: "r1" });
    expect(errorCode(again)).toEqual([400, "InvalidParameterValueInContainerTemplate"]);
    expect(again.body.error.message).toContain("Revision with suffix r1 already exists");
    const kept = await putApp(fixture, "used", { suffix: "r2", image: "images.example.com/x:3" });
    expect(errorCode(kept)).toEqual([400, "InvalidParameterValueInContainerTemplate"]);
    expect(await revisions("used")).toHaveLength(2);
  });

  it("patches the template of a suffixed app into a revision of its own", async () => {
    await ok("patched", { suffix: "r1" });
    const containers = [{ name: "main", image: "images.example.com/x:2" }];
    const patch = await fixture.settle("PATCH", app("patched"), {
      properties: { template: { containers } },
    });
    expect(patch.body.properties.latestRevisionName).toMatch(/^patched--[0-9a-f]{7}$/);
  });

  it.each(["1a", "Upper", "a_b", "a-", `a${"b".repeat(60)}`])(
    "refuses the suffix %s",
    async (suffix) => {
      const answer = await putApp(fixture, "suffix", { suffix });
      expect(errorCode(answer)).toEqual([400, "InvalidParameterValueInContainerTemplate"]);
    },
  );

  it("activates and deactivates, but not what gets traffic", async () => {
    const at = (name: string, verb: string) =>
      fixture.call("POST", `${app("many")}/revisions/${name}/${verb}`);
    expect((await at("many--r1", "deactivate")).status).toBe(200);
    expect((await revisions("many"))[0]?.properties.active).toBe(false);
    expect((await at("many--r1", "activate")).status).toBe(200);
    expect((await at("many--r1", "restart")).status).toBe(200);
    expect(errorCode(await at("many--r2", "deactivate"))).toEqual([400, "RevisionHasTraffic"]);
    expect(errorCode(await at("many--r9", "activate"))).toEqual([404, "RevisionNotFound"]);
  });

  it("keeps as many inactive ones as the app says", async () => {
    const keep = { configuration: { maxInactiveRevisions: 1 } };
    for (const suffix of ["r1", "r2", "r3"]) await ok("few", { suffix, ...keep });
    expect((await revisions("few")).map((r) => r.name)).toEqual(["few--r2", "few--r3"]);
    // A name stays used although its revision is gone.
    const again = await putApp(fixture, "few", { suffix: "r1", ...keep });
    expect(errorCode(again)).toEqual([400, "InvalidParameterValueInContainerTemplate"]);
  });
});

describe("traffic", () => {
  beforeAll(async () => {
    await ok("split", { suffix: "blue", ...multiple() });
  });

  const put = (suffix: string, traffic: object[]) =>
    putApp(fixture, "split", { suffix, ...multiple(traffic) });

  it("takes the revision of the same request at weight 0 and shifts to it in the next", async () => {
    const first = await put("green", [
      { revisionName: "split--blue", weight: 100 },
      { revisionName: "split--green", weight: 0 },
    ]);
    expect(first.body.status).toBe("Succeeded");
    expect((await revisions("split")).map((r) => r.properties.trafficWeight)).toEqual([100, 0]);
    const shifted = await put("green", [
      { revisionName: "split--blue", weight: 95 },
      { revisionName: "split--green", weight: 5 },
    ]);
    expect(shifted.body.status).toBe("Succeeded");
    expect((await revisions("split")).map((r) => r.properties.trafficWeight)).toEqual([95, 5]);
  });

  it("replaces the whole list", async () => {
    await put("green", [{ revisionName: "split--green", weight: 100 }]);
    expect((await revisions("split")).map((r) => r.properties.trafficWeight)).toEqual([0, 100]);
  });

  it.each([
    [
      "weights below 100",
      [{ revisionName: "split--blue", weight: 99 }],
      "ContainerAppInvalidTrafficWeight",
    ],
    [
      "weights above 100",
      [
        { revisionName: "split--blue", weight: 60 },
        { latestRevision: true, weight: 60 },
      ],
      "ContainerAppInvalidTrafficWeight",
    ],
    [
      "a negative weight",
      [
        { revisionName: "split--blue", weight: 110 },
        { latestRevision: true, weight: -10 },
      ],
      "ContainerAppInvalidTrafficWeight",
    ],
    [
      "a revision that is not there",
      [{ revisionName: "split--none", weight: 100 }],
      "RevisionNotFound",
    ],
    [
      "weight for the revision of the same request",
      [{ revisionName: "split--red", weight: 100 }],
      "RevisionNotFound",
    ],
    ["an entry for nothing", [{ weight: 100 }], "ContainerAppInvalidTraffic"],
    [
      "an entry for both",
      [{ latestRevision: true, revisionName: "split--blue", weight: 100 }],
      "ContainerAppInvalidTraffic",
    ],
  ])("refuses %s", async (_what, traffic, code) => {
    expect(errorCode(await put("red", traffic))).toEqual([400, code]);
  });

  it("refuses weight for a revision that is not active", async () => {
    await fixture.call("POST", `${app("split")}/revisions/split--blue/deactivate`);
    const answer = await put("green", [{ revisionName: "split--blue", weight: 100 }]);
    expect(errorCode(answer)).toEqual([400, "RevisionNotActive"]);
  });

  it("refuses a named revision in Single mode", async () => {
    const configuration = {
      ingress: { targetPort: 80, traffic: [{ revisionName: "split--green", weight: 100 }] },
    };
    const answer = await fixture.call(
      "PUT",
      app("split"),
      appBody({ suffix: "green", configuration }),
    );
    expect(errorCode(answer)).toEqual([400, "ContainerAppInvalidTraffic"]);
  });
});
