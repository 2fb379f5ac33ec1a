/** What a run has done so far, per solution and not per resource. Pure but for its listener. */
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { StackPlan } from "../../config/plan-types.ts";
import { solutionOf } from "../plan/translate.ts";
import { nameOf, typeOf } from "./changes.ts";
import { isBuild, releaseOf } from "./releases.ts";

/** Which part of the stack a resource belongs to. */
export type Part = "builds" | "cells" | "solutions" | "shared apps";

export const PARTS: readonly Part[] = ["builds", "cells", "solutions", "shared apps"];

/** What is worth a line. */
export type Milestone =
  | { kind: "started"; part: Part; what: string }
  | { kind: "done"; part: Part; what: string; changes: string; milliseconds: number }
  | { kind: "failed"; part: Part; what: string };

export interface PartCount {
  done: number;
  /** Resources, or solutions, that the plan has. */
  total: number;
}

interface Work {
  part: Part;
  left: number;
  changed: Map<string, number>;
  since?: number;
}

const SOLUTION = "slipway:components:Solution";
const PAST: Readonly<Record<string, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
  import: "imported",
};

/**
 * @param plan says how many resources each solution is to have
 * @param tell gets each milestone once
 */
export function createProgress(
  plan: StackPlan,
  tell: (milestone: Milestone) => void,
  now: () => number = Date.now,
): { add(event: EngineEvent): void; count(part: Part): PartCount } {
  const works = expectedWork(plan);
  const counts = new Map<Part, PartCount>(
    PARTS.map((part) => [
      part,
      { done: 0, total: [...works.values()].filter((work) => work.part === part).length },
    ]),
  );
  const finish = (what: string, work: Work) => {
    const count = counts.get(work.part);
    if (count) count.done += 1;
    if (work.changed.size === 0) return;
    const changes = [...work.changed].map(([op, times]) => `${times} ${PAST[op] ?? op}`).join(", ");
    const milliseconds = now() - (work.since ?? now());
    tell({ kind: "done", part: work.part, what, changes, milliseconds });
  };
  const start = (what: string, work: Work) => {
    if (work.since !== undefined) return;
    work.since = now();
    tell({ kind: "started", part: work.part, what });
  };
  const expectOneMore = (work: Work) => {
    const count = counts.get(work.part);
    if (count && work.left === 0) count.done -= 1;
    work.left += 1;
  };
  /** A solution whose entry is gone. */
  const leaving = (what: string, solution: string | undefined): Work | undefined => {
    if (solution === undefined) return undefined;
    const work: Work = { part: "solutions", left: 0, changed: new Map() };
    works.set(what, work);
    const count = counts.get("solutions");
    if (count) {
      count.total += 1;
      count.done += 1;
    }
    return work;
  };
  return {
    add(event) {
      const { resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event;
      const step = (resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent)?.metadata;
      if (step === undefined || typeOf(step.urn).startsWith("pulumi:")) return;
      const parent = (step.new ?? step.old)?.parent ?? "";
      const name = nameOf(step.urn);
      const what = workOf({ type: step.type, name, parent });
      if (what === undefined) return;
      const work = works.get(what) ?? leaving(what, solutionOf({ type: step.type, name, parent }));
      if (work === undefined) return;
      // The plan has nothing that goes: deletes come on top, mostly when all else is done.
      if (resourcePreEvent && step.op === "delete") expectOneMore(work);
      if (resOpFailedEvent) tell({ kind: "failed", part: work.part, what });
      else if (resourcePreEvent && step.op in PAST) start(what, work);
      else if (resOutputsEvent && (step.op in PAST || step.op === "same")) {
        if (step.op !== "same") work.changed.set(step.op, (work.changed.get(step.op) ?? 0) + 1);
        work.left -= 1;
        if (work.left === 0) finish(what, work);
      }
    },
    count: (part) => counts.get(part) ?? { done: 0, total: 0 },
  };
}

/** One unit per build, shared app, cell resource group and solution. */
function expectedWork(plan: StackPlan): Map<string, Work> {
  const works = new Map<string, Work>();
  const expect = (what: string, part: Part, left: number) =>
    works.set(what, { part, left, changed: new Map() });
  for (const build of plan.builds) {
    for (const run of build.runs) expect(run.release, "builds", 1);
  }
  for (const cell of plan.cells) {
    expect(cell.config.name, "cells", 1);
    for (const app of cell.sharedApps) expect(app.app, "shared apps", 1);
    for (const { id, shares, storages, apps } of cell.solutions) {
      expect(id, "solutions", shares.length + storages.length + apps.length);
    }
  }
  return works;
}

function workOf(resource: { type: string; name: string; parent: string }): string | undefined {
  const solution = solutionOf(resource);
  if (solution !== undefined) return resource.type === SOLUTION ? undefined : solution;
  if (isBuild(resource)) return releaseOf(resource);
  if (resource.type === "azure-native:app:ManagedEnvironment") return resource.name;
  return resource.type === "azure-native:app:ContainerApp" ? resource.name : undefined;
}
