import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, it } from "vitest";
import { createProgress, type Milestone } from "../../cli/engine/progress.ts";
import { isOurs } from "../../cli/up/adopt.ts";
import { buildsOf } from "../../cli/up/builds.ts";
import { milestoneLine } from "../../cli/up/display.ts";
import { importFile } from "../../cli/up/import.ts";
import { targetsOf } from "../../cli/up/targets.ts";
import { ACME_URN, CELL_URN, change, STACK_URN, stackPlan } from "./fixtures.ts";

const APP = "azure-native:app:ContainerApp";
const BUILDKIT = ["docker-build:index:Image", "slipway:acr:BuiltImage"];

describe("importFile", () => {
  const app = change(APP, "acme-orbit", "create");
  const provider = "urn:pulumi:dev::slipway::pulumi:providers:azure-native::default_3_28_0";

  it("names parent and provider by what the state has", () => {
    const resource = { urn: app.urn, type: APP, id: "/x", parent: ACME_URN, provider };
    const file = importFile([resource], new Set([ACME_URN, provider]));
    expect(file).toEqual({
      nameTable: { present0: ACME_URN, present1: provider },
      resources: [
        {
          type: APP,
          name: "resource0",
          logicalName: "acme-orbit",
          id: "/x",
          parent: "present0",
          provider: "present1",
        },
      ],
    });
  });

  it("brings along the components that the state lacks, and lets the stack be", () => {
    const type = "slipway:components:Solution";
    const file = importFile(
      [
        { urn: ACME_URN, type, parent: STACK_URN },
        { urn: app.urn, type: APP, id: "/x", parent: ACME_URN },
      ],
      new Set(),
    );
    expect(file.nameTable).toEqual({});
    expect(file.resources).toEqual([
      { type, name: "resource0", logicalName: "acme", component: true },
      { type: APP, name: "resource1", logicalName: "acme-orbit", id: "/x", parent: "resource0" },
    ]);
  });
});

describe("isOurs", () => {
  const plan = stackPlan();
  const tags = { "slipway-project": "slipway", "slipway-stack": "dev" };

  it("takes what carries project and stack", () => {
    expect(isOurs(APP, { id: "/x", tags }, plan)).toBe(true);
  });

  it.each([
    ["another stack's", { ...tags, "slipway-stack": "prod" }],
    ["another project's", { ...tags, "slipway-project": "other" }],
    ["nobody's", {}],
  ])("leaves what is %s", (_whose, others) => {
    expect(isOurs(APP, { id: "/x", tags: others }, plan)).toBe(false);
  });

  it("reads a share's metadata, not its tags", () => {
    const share = "azure-native:storage:FileShare";
    const metadata = { slipway_project: "slipway", slipway_stack: "dev" };
    expect(isOurs(share, { id: "/x", properties: { metadata } }, plan)).toBe(true);
    expect(isOurs(share, { id: "/x", tags }, plan)).toBe(false);
  });
});

describe("targetsOf", () => {
  it("takes the solution, its cell and its builds, and nothing of another", () => {
    const globex = "urn:pulumi:dev::slipway::slipway:components:Solution::globex";
    const shared = "urn:pulumi:dev::slipway::slipway:components:SharedApps::a";
    const run = (name: string) => change("slipway:acr:Run", name, "create", { parent: STACK_URN });
    const changes = [
      change(APP, "acme-orbit", "create"),
      change(APP, "globex-orbit", "create", { parent: globex }),
      change(APP, "aurora", "create", { parent: shared }),
      change("azure-native:app:ManagedEnvironment", "a", "create", { parent: CELL_URN }),
      run("orbit-webapp@1.1.0"),
      run("orbit-webapp@1.0.0"),
    ];
    const names = targetsOf(changes, stackPlan(), "acme").map((urn) => urn.split("::").at(-1));
    expect(names).toEqual(["acme-orbit", "a", "orbit-webapp@1.1.0"]);
  });

  it("takes both halves of a BuildKit build, and of no other release's", () => {
    const changes = ["orbit-webapp@1.1.0-0123456789ab", "orbit-webapp@1.0.0-ba9876543210"].flatMap(
      (name) => BUILDKIT.map((type) => change(type, name, "create", { parent: STACK_URN })),
    );
    expect(targetsOf(changes, stackPlan(), "acme")).toEqual(
      changes.slice(0, 2).map(({ urn }) => urn),
    );
  });
});

describe("buildsOf", () => {
  const digest = `sha256:${"c".repeat(64)}`;

  it("counts a BuildKit build once, under its release", () => {
    const changes = BUILDKIT.map((type) =>
      change(type, "orbit-webapp@1.1.0-0123456789ab", "create", { outputs: { digest } }),
    );
    expect(buildsOf(changes)).toEqual([
      { component: "orbit-webapp", version: "1.1.0", run_id: null, digest, adopted: false },
    ]);
  });

  it("tells a run that was ordered from an image that was found", () => {
    const run = (name: string, outputs: Record<string, unknown>) =>
      change("slipway:acr:Run", name, "create", { outputs: { digest, ...outputs } });
    const builds = buildsOf([
      run("orbit-webapp@1.1.0", { runId: "ca1", adopted: false }),
      run("orbit-webapp@1.0.0", { runId: "", adopted: true }),
      change("slipway:acr:Run", "orbit-webapp@0.9.0", "same"),
    ]);
    expect(builds).toMatchObject([
      { version: "1.1.0", run_id: "ca1", adopted: false },
      { version: "1.0.0", run_id: null, adopted: true },
    ]);
  });
});

describe("createProgress", () => {
  const step = (
    kind: "resourcePreEvent" | "resOutputsEvent",
    op: string,
    name: string,
    type = APP,
  ) => {
    const { urn, parent } = change(type, name, "create");
    const state = { urn, type, id: "", parent, inputs: {}, outputs: {}, provider: "" };
    return {
      [kind]: { metadata: { op, urn, type, new: state, provider: "" } },
    } as unknown as EngineEvent;
  };
  const share = "azure-native:storage:FileShare";
  const storage = "azure-native:app:ManagedEnvironmentsStorage";

  it("tells a solution's end once, when its last resource is done", () => {
    const told: Milestone[] = [];
    let clock = 0;
    const progress = createProgress(
      stackPlan(),
      (milestone) => told.push(milestone),
      () => clock,
    );
    progress.add(step("resourcePreEvent", "create", "acme-customer", share));
    clock = 1500;
    progress.add(step("resOutputsEvent", "create", "acme-customer", share));
    progress.add(step("resOutputsEvent", "same", "acme-rw", storage));
    expect(progress.count("solutions")).toEqual({ done: 0, total: 1 });
    progress.add(step("resOutputsEvent", "update", "acme-orbit"));
    expect(progress.count("solutions")).toEqual({ done: 1, total: 1 });
    expect(told.map(milestoneLine)).toEqual([
      undefined,
      "solution acme: 1 created, 1 updated (1.5 s)",
    ]);
  });

  it("counts what goes on top of what the plan has", () => {
    const told: Milestone[] = [];
    const plan = { ...stackPlan(), cells: [] };
    const progress = createProgress(
      plan,
      (milestone) => told.push(milestone),
      () => 0,
    );
    for (const name of ["acme-orbit", "acme-mc"]) {
      progress.add(step("resourcePreEvent", "delete", name));
    }
    progress.add(step("resOutputsEvent", "delete", "acme-orbit"));
    expect(progress.count("solutions")).toEqual({ done: 0, total: 1 });
    progress.add(step("resOutputsEvent", "delete", "acme-mc"));
    expect(progress.count("solutions")).toEqual({ done: 1, total: 1 });
    expect(told.map(milestoneLine)).toEqual([undefined, "solution acme: 2 deleted (0.0 s)"]);
  });

  it("says nothing of a solution in which nothing changed", () => {
    const told: Milestone[] = [];
    const progress = createProgress(stackPlan(), (milestone) => told.push(milestone));
    for (const [name, type] of [
      ["acme-customer", share],
      ["acme-rw", storage],
      ["acme-orbit", APP],
    ]) {
      progress.add(step("resOutputsEvent", "same", name ?? "", type));
    }
    expect(told).toEqual([]);
    expect(progress.count("solutions").done).toBe(1);
  });
});
