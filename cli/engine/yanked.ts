import { recordOf, type StackPlan, yankedRelease } from "../../config/index.ts";
import type { AppPlan } from "../../config/plan-types.ts";
import type { ReleaseRecord, ReleaseRegistry } from "../../registry/index.ts";
import type { Problem } from "../../schemas/problem.ts";
import type { StackState } from "./state.ts";

const APP = "azure-native:app:ContainerApp";

/** Whether any app of the plan runs a yanked release, anew or as before. */
export function runsYanked(plan: Pick<StackPlan, "cells">, registry: ReleaseRegistry): boolean {
  return appsOf(plan).some(
    (app) => recordOf(registry, app.component, app.version)?.yanked !== undefined,
  );
}

/**
 * Apps that would run a yanked release and do not run it by the state. What runs one already is left
 * to run: a yank is a word about the future, and must not keep a fleet from converging.
 *
 * @returns one problem per release, naming the apps
 */
export function yankedMoves(
  { resources }: Pick<StackState, "resources">,
  plan: Pick<StackPlan, "stack" | "environment" | "cells">,
  registry: ReleaseRegistry,
): Problem[] {
  const running = new Set(
    resources.flatMap(({ type, inputs }) =>
      type === APP ? [JSON.stringify([inputs?.containerAppName, versionOf(inputs)])] : [],
    ),
  );
  const moves = new Map<string, { record: ReleaseRecord; apps: string[] }>();
  for (const app of appsOf(plan)) {
    const record = recordOf(registry, app.component, app.version);
    if (record?.yanked === undefined) continue;
    if (running.has(JSON.stringify([app.containerAppName, app.version]))) continue;
    const move = moves.get(app.release) ?? { record, apps: [] };
    move.apps.push(app.containerAppName);
    moves.set(app.release, move);
  }
  return [...moves.values()].map(({ record, apps }) => ({
    code: "yanked",
    file: `environments/${plan.environment}.yaml`,
    message: `found ${yankedRelease(record)}, expected a release that stands for ${listed(apps)} of the stack ${plan.stack}, which would run it anew; point at another version`,
  }));
}

function appsOf({ cells }: Pick<StackPlan, "cells">): AppPlan[] {
  return cells.flatMap((cell) => [
    ...cell.sharedApps,
    ...cell.solutions.flatMap(({ apps }) => apps),
  ]);
}

function versionOf(inputs: Readonly<Record<string, unknown>> | undefined): unknown {
  const tags: unknown = inputs?.tags;
  return typeof tags === "object" && tags !== null && "slipway-version" in tags
    ? tags["slipway-version"]
    : undefined;
}

/** The first few names; a fleet has a thousand. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
