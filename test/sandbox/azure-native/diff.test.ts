import { describe, expect, it } from "vitest";
import { applyDrift, changesBetween } from "../../../sandbox/azure-native/diff.ts";
import * as provider from "../../../sandbox/azure-native/provider.ts";
import { formatPath, type PropertyMap, UNKNOWN } from "../../../sandbox/azure-native/values.ts";

const diffOf = (token: string, olds: PropertyMap, news: PropertyMap, outputs: PropertyMap = {}) =>
  provider.diff(provider.resourceType(`azure-native:${token}`), { inputs: olds, outputs }, news);

describe("diff", () => {
  it.each<[string, string, PropertyMap, PropertyMap]>([
    ["resources:ResourceGroup", "location", { location: "a" }, { location: "b" }],
    [
      "resources:ResourceGroup",
      "resourceGroupName",
      { resourceGroupName: "a" },
      { resourceGroupName: "b" },
    ],
    ["storage:StorageAccount", "location", { location: "a" }, { location: "b" }],
    ["storage:StorageAccount", "isHnsEnabled", { isHnsEnabled: false }, { isHnsEnabled: true }],
    ["storage:StorageAccount", "accountName", { accountName: "a" }, { accountName: "b" }],
    ["storage:FileShare", "enabledProtocols", { enabledProtocols: "SMB" }, {}],
    ["storage:FileShare", "accountName", { accountName: "a" }, { accountName: "b" }],
    ["storage:FileShare", "shareName", { shareName: "a" }, { shareName: "b" }],
    ["authorization:RoleAssignment", "principalId", { principalId: "a" }, { principalId: "b" }],
    ["authorization:RoleAssignment", "scope", { scope: "/a" }, { scope: "/b" }],
    ["app:ContainerApp", "environmentId", { environmentId: "a" }, { environmentId: UNKNOWN }],
    ["app:ContainerApp", "containerAppName", { containerAppName: "a" }, { containerAppName: "b" }],
    [
      "app:ManagedEnvironment",
      "environmentName",
      { environmentName: "a" },
      { environmentName: "b" },
    ],
    [
      "app:ManagedEnvironmentsStorage",
      "environmentName",
      { environmentName: "a" },
      { environmentName: "b" },
    ],
    ["app:ManagedEnvironmentsStorage", "storageName", { storageName: "a" }, { storageName: "b" }],
    ["containerregistry:Registry", "registryName", { registryName: "a" }, { registryName: "b" }],
    ["containerregistry:Task", "taskName", { taskName: "a" }, { taskName: "b" }],
    [
      "managedidentity:UserAssignedIdentity",
      "resourceName",
      { resourceName: "a" },
      { resourceName: "b" },
    ],
    [
      "operationalinsights:Workspace",
      "workspaceName",
      { workspaceName: "a" },
      { workspaceName: "b" },
    ],
  ])("replaces %s when %s changes", (token, property, olds, news) => {
    expect(diffOf(token, olds, news).replaces).toEqual([property]);
  });

  it.each<[string, PropertyMap, PropertyMap, string[]]>([
    ["resources:ResourceGroup", { tags: { a: "1" } }, { tags: { a: "2" } }, ["tags.a"]],
    ["storage:FileShare", { shareQuota: 100 }, { shareQuota: 200 }, ["shareQuota"]],
    [
      "storage:StorageAccount",
      { sku: { name: "Premium_LRS" } },
      { sku: { name: "Premium_ZRS" } },
      ["sku.name"],
    ],
    [
      "authorization:RoleAssignment",
      { roleDefinitionId: "a" },
      { roleDefinitionId: "b" },
      ["roleDefinitionId"],
    ],
    [
      "app:ContainerApp",
      { template: { containers: [{ name: "a", image: "i@1" }] } },
      { template: { containers: [{ name: "a", image: "i@2" }] } },
      ["template.containers[0].image"],
    ],
    [
      "app:ManagedEnvironmentsStorage",
      { properties: { azureFile: { accountKey: "old" } } },
      { properties: { azureFile: { accountKey: "new" } } },
      ["properties.azureFile.accountKey"],
    ],
  ])("changes %s in place, by path", (token, olds, news, paths) => {
    const result = diffOf(token, olds, news);
    expect([...result.detailed.keys()]).toEqual(paths);
    expect(result.replaces).toEqual([]);
  });

  it("takes two spellings of a location for one place", () => {
    expect(
      diffOf("resources:ResourceGroup", { location: "West Europe" }, { location: "westeurope" })
        .detailed.size,
    ).toBe(0);
  });

  it("does not replace for an input that Azure already has", () => {
    const result = diffOf("app:ContainerApp", {}, { environmentId: "e" }, { environmentId: "e" });
    expect([...result.detailed]).toEqual([["environmentId", "add"]]);
    expect(
      diffOf("app:ContainerApp", {}, { environmentId: "e" }, { environmentId: "f" }).replaces,
    ).toEqual(["environmentId"]);
  });

  it("takes null for absent", () => {
    expect(
      diffOf("storage:FileShare", { shareQuota: 100 }, { shareQuota: 100, metadata: null }).detailed
        .size,
    ).toBe(0);
  });
});

describe("changesBetween", () => {
  it("goes down to the deepest path, lists by index", () => {
    const before: PropertyMap = { a: { b: [{ c: 1 }, { c: 2 }], gone: true }, "x.y": { z: 1 } };
    const after: PropertyMap = { a: { b: [{ c: 1 }, { c: 3 }, { c: 4 }] }, "x.y": { z: 2 } };
    expect(
      changesBetween(before, after).map(({ path, kind }) => `${kind} ${formatPath(path)}`),
    ).toEqual(["delete a.gone", "update a.b[1].c", "add a.b[2]", 'update ["x.y"].z']);
  });
});

describe("applyDrift", () => {
  it("keeps what Azure never gives back", () => {
    const inputs: PropertyMap = {
      properties: { azureFile: { accountKey: "k", accessMode: "ReadOnly" } },
    };
    const before: PropertyMap = { properties: { azureFile: { accessMode: "ReadOnly" } } };
    const after: PropertyMap = { properties: { azureFile: { accessMode: "ReadWrite" } } };
    expect(applyDrift(inputs, before, before)).toEqual(inputs);
    expect(applyDrift(inputs, before, after)).toEqual({
      properties: { azureFile: { accountKey: "k", accessMode: "ReadWrite" } },
    });
  });

  it("takes up a value that the service did not have before, and no default that it did", () => {
    const before: PropertyMap = { tags: { a: "1" }, kind: "x" };
    expect(
      applyDrift({ tags: { a: "1" } }, before, { tags: { a: "1", b: "2" }, kind: "x" }),
    ).toEqual({
      tags: { a: "1", b: "2" },
    });
  });

  it("drops what was taken away in Azure", () => {
    expect(applyDrift({ tags: { a: "1" } }, { tags: { a: "1" } }, { tags: {} })).toEqual({
      tags: {},
    });
    expect(applyDrift({ tags: { a: "1" } }, { tags: { a: "1" } }, {})).toEqual({});
  });

  it("leaves each secret its own value when one is taken out", () => {
    const inputs: PropertyMap = {
      secrets: [
        { name: "a", value: "1" },
        { name: "b", value: "2" },
      ],
    };
    const before: PropertyMap = { secrets: [{ name: "a" }, { name: "b" }] };
    expect(applyDrift(inputs, before, { secrets: [{ name: "b" }] })).toEqual({
      secrets: [{ name: "b", value: "2" }],
    });
  });
});
