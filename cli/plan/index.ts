import type { Problem } from "../../schemas/problem.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { type PlannedStack, planStacks, type StackSelection } from "../checkout.ts";
import { addSummaries, type Drift, emptySummary, type Summary } from "../engine/changes.ts";
import { engineProblems } from "../engine/failures.ts";
import { unlessInterrupted } from "../engine/interrupt.ts";
import { previewStack as previewEngine } from "../engine/preview.ts";
import { type Engine, EngineFailure, findEngine } from "../engine/process.ts";
import { earlyRemovals } from "../engine/removals.ts";
import { openStack } from "../engine/stack.ts";
import { readState, type StackState } from "../engine/state.ts";
import { yankedMoves } from "../engine/yanked.ts";
import type { Note } from "../types.ts";
import { type Translated, translate } from "./translate.ts";

export interface PlanOptions extends StackSelection {
  /** Compare with what Azure has now. */
  refresh?: boolean;
  note: Note;
}

/** The document of `slipway plan --json`. */
export interface PlanDocument extends Translated {
  ok: boolean;
  /** Where Azure differs from the last run; found with `refresh` only. */
  drift: Drift[];
  summary: Summary;
  problems: readonly Problem[];
}

/** Previews the selected stacks; what keeps one from being previewed is in `problems`. */
export async function plan(options: PlanOptions): Promise<PlanDocument> {
  let stacks: readonly PlannedStack[];
  try {
    stacks = await planStacks(options);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code === "usage") throw error;
    return { ...emptyDocument(), ok: false, problems: error.problems };
  }
  const engine = await findEngine();
  const documents: PlanDocument[] = [];
  for (const stack of stacks) documents.push(await previewStack(stack, engine, options));
  return documents.reduce(merge, emptyDocument());
}

async function previewStack(
  { root, plan: target, checkout }: PlannedStack,
  engine: Engine,
  { refresh, note }: PlanOptions,
): Promise<PlanDocument> {
  note(`${target.stack}: previewing`);
  const stack = await openStack(root, target.stack, engine);
  let state: StackState;
  try {
    state = await readState(stack);
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    return { ...emptyDocument(), ok: false, problems: engineProblems(error, []) };
  }
  const removals = earlyRemovals(state, target);
  if (removals.length > 0) return { ...emptyDocument(), ok: false, problems: removals };
  const preview = await unlessInterrupted(stack, note, () =>
    previewEngine(stack, refresh === true ? { refresh } : {}),
  );
  const { result } = preview;
  const problems = [...yankedMoves(state, target, checkout.registry), ...preview.problems];
  return {
    ok: problems.length === 0,
    ...translate(result.changes, target),
    drift: [...result.drift],
    summary: result.summary,
    problems,
  };
}

function emptyDocument(): PlanDocument {
  return {
    ok: true,
    solutions: [],
    apps: [],
    builds: [],
    others: [],
    drift: [],
    summary: emptySummary(),
    problems: [],
  };
}

function merge(a: PlanDocument, b: PlanDocument): PlanDocument {
  return {
    ok: a.ok && b.ok,
    solutions: [...a.solutions, ...b.solutions],
    apps: [...a.apps, ...b.apps],
    builds: [...a.builds, ...b.builds],
    others: [...a.others, ...b.others],
    drift: [...a.drift, ...b.drift],
    summary: addSummaries(a.summary, b.summary),
    problems: [...a.problems, ...b.problems],
  };
}
