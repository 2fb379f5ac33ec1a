import type { StackPlan } from "../../config/plan-types.ts";
import type { Problem } from "../../schemas/problem.ts";
import { nameOf, typeOf } from "./changes.ts";
import type { StackState, StateResource } from "./state.ts";

const SOLUTION = "slipway:components:Solution";
const APP = "azure-native:app:ContainerApp";

/**
 * Solutions that the state has, that the plan has not, and whose data was never given up (D-29). The
 * engine refuses to delete what is protected only when it comes to it, after the apps are gone; and
 * a checkout of a commit that removed an entry has nothing to compare its list with.
 */
export function earlyRemovals(
  { resources }: Pick<StackState, "resources">,
  { stack, cells }: Pick<StackPlan, "stack" | "cells">,
): Problem[] {
  const planned = new Set(cells.flatMap(({ solutions }) => solutions.map(({ id }) => id)));
  const leaving = resources.filter((resource) => {
    const id = solutionOf(resource);
    return id !== undefined && !planned.has(id);
  });
  const kept = leaving.filter(({ protect }) => protect === true).flatMap(solutionsOf);
  const running = new Set(leaving.filter(({ type }) => type === APP).flatMap(solutionsOf));
  return [...new Set(kept)].sort().map((id) => {
    const retire = running.has(id) ? `slipway solutions retire ${id}; slipway up; commit; ` : "";
    return {
      code: "solution-removed",
      file: "solutions.yaml",
      message: `found no entry of ${id}, whose shares the stack ${stack} has and protects, expected state deletable first; put it back, then run: ${retire}slipway solutions delete-data ${id}; slipway up; and then remove it`,
    };
  });
}

function solutionOf({ parent = "" }: StateResource): string | undefined {
  return typeOf(parent) === SOLUTION ? nameOf(parent) : undefined;
}

function solutionsOf(resource: StateResource): string[] {
  const id = solutionOf(resource);
  return id === undefined ? [] : [id];
}
