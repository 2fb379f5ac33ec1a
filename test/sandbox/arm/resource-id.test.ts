import { describe, expect, it } from "vitest";
import { canonical, mergePatch } from "../../../sandbox/arm/core/json.ts";
import { parentPath, parseArmId } from "../../../sandbox/arm/core/resourceId.ts";
import { createThrottle } from "../../../sandbox/arm/core/throttle.ts";

describe("parseArmId", () => {
  it("takes a nested resource apart", () => {
    const id = parseArmId(
      "/subscriptions/S/resourceGroups/G/providers/Microsoft.App/managedEnvironments/e/storages/x",
    );
    expect(id).toMatchObject({
      subscriptionId: "S",
      resourceGroup: "G",
      scope: "/subscriptions/S/resourceGroups/G",
      type: "Microsoft.App/managedEnvironments/storages",
      names: ["e", "x"],
      name: "x",
      isCollection: false,
    });
    expect(parentPath(id)).toBe(
      "/subscriptions/S/resourceGroups/G/providers/Microsoft.App/managedEnvironments/e",
    );
  });

  it("tells a collection from a resource", () => {
    const id = parseArmId("/subscriptions/S/providers/Microsoft.App/containerApps/");
    expect(id).toMatchObject({
      resourceGroup: undefined,
      type: "Microsoft.App/containerApps",
      names: [],
      isCollection: true,
    });
    expect(parentPath(id)).toBeUndefined();
  });

  it("finds the scope of an extension resource before the last provider", () => {
    const scope =
      "/subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerRegistry/registries/r";
    const id = parseArmId(`${scope}/providers/Microsoft.Authorization/roleAssignments/a`);
    expect(id).toMatchObject({
      scope,
      type: "Microsoft.Authorization/roleAssignments",
      resourceGroup: "G",
      names: ["a"],
    });
  });

  it.each(["/a//b", "/a/%00", "/a/%zz", `/${"a/".repeat(800)}`])("refuses %s", (path) => {
    expect(() => parseArmId(path)).toThrow(expect.objectContaining({ code: "InvalidResourceId" }));
  });
});

describe("mergePatch", () => {
  it("replaces values and lists, merges objects, removes with null", () => {
    const target = { a: 1, b: { c: [1, 2], d: 2 }, e: "x" };
    expect(mergePatch(target, { a: null, b: { c: [3] }, f: true })).toEqual({
      b: { c: [3], d: 2 },
      e: "x",
      f: true,
    });
    expect(target).toEqual({ a: 1, b: { c: [1, 2], d: 2 }, e: "x" });
  });
});

describe("canonical", () => {
  it("does not depend on the order of keys, but on that of lists", () => {
    expect(canonical({ a: 1, b: [1, { d: null, c: 2 }] })).toBe(
      canonical({ b: [1, { c: 2, d: null }], a: 1 }),
    );
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
  });
});

describe("createThrottle", () => {
  it("empties a bucket, fills it with time, and keeps reads, writes and deletes apart", () => {
    let now = 0;
    const throttle = createThrottle(() => now);
    const left = (method: string) => Object.values(throttle.take(method, true))[0];
    expect([left("PUT"), left("POST"), left("GET"), left("DELETE")]).toEqual([
      "199",
      "198",
      "249",
      "199",
    ]);
    for (let i = 0; i < 198; i += 1) left("PATCH");
    expect(() => left("PUT")).toThrow(
      expect.objectContaining({ status: 429, headers: { "Retry-After": "1" } }),
    );
    now += 1000;
    expect(left("PUT")).toBe("9");
    expect(throttle.take("PUT", false)).toEqual({
      "x-ms-ratelimit-remaining-subscription-writes": "8",
    });
  });
});
