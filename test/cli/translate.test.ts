import { describe, expect, it } from "vitest";
import { emptySummary } from "../../cli/engine/changes.ts";
import { printPlan } from "../../cli/plan/print.ts";
import { isChanged, translate } from "../../cli/plan/translate.ts";
import { appInputs, CELL_URN, change, DIGEST, OTHER_DIGEST, stackPlan } from "./fixtures.ts";

const APP = "azure-native:app:ContainerApp";
const SHARE = "azure-native:storage:FileShare";
const STORAGE = "azure-native:app:ManagedEnvironmentsStorage";

describe("translate", () => {
  it("tells an update of an app by versions and digests", () => {
    const { solutions } = translate(
      [
        change(APP, "acme-orbit", "update", {
          old: appInputs("1.0.0", DIGEST),
          new: appInputs("1.1.0", OTHER_DIGEST),
          properties: ["template.containers[0].image"],
        }),
      ],
      stackPlan(),
    );
    expect(solutions).toEqual([
      {
        id: "acme",
        stack: "dev",
        apps: [
          {
            name: "orbit",
            component: "orbit-webapp",
            from: { version: "1.0.0", digest: DIGEST },
            to: { version: "1.1.0", digest: OTHER_DIGEST },
            change: "update",
            properties: ["template.containers[0].image"],
          },
        ],
        shares: [],
        storages: [],
      },
    ]);
  });

  it("says that a digest is to come while its build has not run", () => {
    const inputs = { ...appInputs("1.1.0", ""), template: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
    const { solutions } = translate(
      [change(APP, "acme-orbit", "create", { new: inputs })],
      stackPlan(),
    );
    expect(solutions[0]?.apps[0]).toMatchObject({
      from: null,
      to: { version: "1.1.0", digest: null },
    });
  });

  it("tells a solution that left the plan by its tags and its component", () => {
    const plan = stackPlan();
    const parent = "urn:pulumi:dev::slipway::slipway:components:Solution::globex";
    const old = { ...appInputs("1.0.0", DIGEST), containerAppName: "orbit-ffffffffffff" };
    const { solutions } = translate(
      [
        change(APP, "globex-orbit", "delete", { parent, old }),
        change(SHARE, "globex-customer", "delete", {
          parent,
          old: { shareName: "globex-customer" },
        }),
        change(STORAGE, "globex-rw", "delete", { parent, old: { storageName: "customer-rw-ff" } }),
      ],
      plan,
    );
    expect(solutions).toHaveLength(1);
    expect(solutions[0]).toMatchObject({
      id: "globex",
      apps: [{ name: "orbit", to: null, change: "delete" }],
      shares: [{ name: "globex-customer", change: "delete" }],
      storages: [{ name: "customer-rw-ff", change: "delete" }],
    });
  });

  it("keeps shared apps, builds and the cell's own resources apart from solutions", () => {
    const shared = "urn:pulumi:dev::slipway::slipway:components:SharedApps::a";
    const aurora = { containerAppName: "aurora-0123456789ab", tags: {} };
    const result = translate(
      [
        change(APP, "aurora", "same", { parent: shared, old: aurora, new: aurora }),
        change("slipway:acr:Run", "orbit-webapp@1.1.0", "create", { parent: CELL_URN, new: {} }),
        change("azure-native:app:ManagedEnvironment", "a", "same", { parent: CELL_URN }),
        change("slipway:components:Cell", "a", "same", { parent: "" }),
      ],
      stackPlan(),
    );
    expect(result.solutions).toEqual([]);
    expect(result.apps.map(({ name }) => name)).toEqual(["aurora"]);
    expect(result.builds).toEqual([
      { component: "orbit-webapp", version: "1.1.0", change: "create" },
    ]);
    expect(result.others.map(({ type }) => type)).toEqual(["azure-native:app:ManagedEnvironment"]);
  });
});

describe("isChanged", () => {
  const solution = { id: "a", stack: "dev", apps: [], shares: [], storages: [] };

  it("is false while everything is the same", () => {
    expect(isChanged({ ...solution, shares: [{ name: "s", change: "same" }] })).toBe(false);
  });

  it("is true when one link goes", () => {
    expect(isChanged({ ...solution, storages: [{ name: "s", change: "delete" }] })).toBe(true);
  });
});

describe("printPlan", () => {
  const document = {
    ok: true,
    ...translate(
      [
        change(APP, "acme-orbit", "update", {
          old: appInputs("1.0.0", DIGEST),
          new: appInputs("1.1.0", OTHER_DIGEST),
        }),
        change(SHARE, "acme-customer", "same", { new: { shareName: "acme-customer" } }),
      ],
      stackPlan(),
    ),
    drift: [{ type: APP, name: "acme-mc", change: "gone" as const }],
    summary: { ...emptySummary(), update: 1, same: 8 },
    problems: [{ code: "engine" as const, message: "it broke" }],
  };

  it("shows versions and short digests of what changes, and not what does not", () => {
    const text = printPlan(document);
    expect(text).toContain("1.0.0 aaaaaaaaaaaa");
    expect(text).toContain("1.1.0 bbbbbbbbbbbb");
    expect(text).not.toContain("acme-customer");
  });

  it("ends with drift, problems and the counts", () => {
    expect(printPlan(document).split("\n").slice(-3)).toEqual([
      "drift: ContainerApp acme-mc gone in Azure",
      "engine: it broke",
      "0 solutions unchanged; 0 to create, 1 to update, 0 to replace, 0 to delete, 8 the same",
    ]);
  });
});
