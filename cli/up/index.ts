import type { StackPlan } from "../../config/plan-types.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { type PlannedStack, planStacks, type StackSelection } from "../checkout.ts";
import { addSummaries, emptySummary, type RunResult, type Summary } from "../engine/changes.ts";
import { engineProblems } from "../engine/failures.ts";
import { unlessInterrupted } from "../engine/interrupt.ts";
import { previewStack } from "../engine/preview.ts";
import { earlyRemovals } from "../engine/removals.ts";
import { type OpenStack, openStack } from "../engine/stack.ts";
import { readState } from "../engine/state.ts";
import type { Note } from "../types.ts";
import { adopt } from "./adopt.ts";
import { type ArmReader, openArm } from "./arm.ts";
import { type BuildDone, buildsOf } from "./builds.ts";
import { finishRecords } from "./finish.ts";
import { unlocked } from "./locked.ts";
import { type Deployed, deployedApps, type StackResult, stackResult } from "./outputs.ts";
import { updateStack } from "./run.ts";
import { type Settled, settle } from "./settle.ts";
import { targetsOf } from "./targets.ts";

export interface UpOptions extends StackSelection {
  /** Converge this solution and what it needs. */
  solution?: string;
  /** Take over what exists under our names, whoever made it. */
  adopt?: boolean;
  note: Note;
}

/** The document of `slipway up --json`. */
export interface UpDocument {
  summary: Summary;
  /** Builds that this run ordered or found. */
  builds: BuildDone[];
  /** Records that were written, relative to the root. */
  records: string[];
  /** What was put right before: URNs. */
  settled: Settled;
  adopted: string[];
  /** What runs where. */
  apps: Deployed[];
}

/**
 * Converges the selected stacks, the image registry's owner first.
 *
 * @throws SlipwayError with everything that kept a stack from converging
 */
export async function up(options: UpOptions): Promise<UpDocument> {
  const stacks = concerned(await planStacks(options), options.solution);
  let document = emptyDocument();
  for (const stack of stacks) document = merge(document, await converge(stack, options));
  return document;
}

async function converge(planned: PlannedStack, options: UpOptions): Promise<UpDocument> {
  const { root, plan, checkout } = planned;
  const { note } = options;
  const stack = await openStack(root, plan.stack);
  const arm = lazily(() => openArm());
  try {
    const before = await readState(stack);
    const removals = earlyRemovals(before, plan);
    if (removals.length > 0) throw new SlipwayError(removals);
    const settled = await unlocked(plan.stack, note, () =>
      unlessInterrupted(stack, note, () => settle(stack, before, arm, plan.subscriptionId)),
    );
    tellSettled(plan.stack, settled, note);
    const isNew = before.resources.length + before.pending.length === 0;
    const adopted =
      isNew || options.adopt === true ? await adoptBefore(stack, plan, options, arm) : [];
    const { result, outputs, adoptedLate } = await update(stack, plan, options, arm);
    const records =
      plan.ephemeral || !plan.registry.owned
        ? []
        : await finishRecords({ root, registry: checkout.registry, ...outputs });
    return {
      summary: result.summary,
      builds: buildsOf(result.changes),
      records,
      settled,
      adopted: [...adopted, ...adoptedLate],
      apps: deployedApps(plan, outputs, checkout.registry),
    };
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError(engineProblems(error, []), { cause: error });
  }
}

/** Updates; where the state turns out to have lost resources that exist, adopts them and goes on. */
async function update(
  stack: OpenStack,
  plan: StackPlan,
  options: UpOptions,
  arm: () => Promise<ArmReader>,
): Promise<{ result: RunResult; outputs: StackResult; adoptedLate: string[] }> {
  const { solution, note } = options;
  let adoptedLate: string[] = [];
  for (;;) {
    const target = solution === undefined ? undefined : await targets(stack, plan, solution, note);
    const { result, problems, outputs } = await unlocked(plan.stack, note, () =>
      updateStack(stack, { plan, note, target }),
    );
    if (outputs !== undefined) return { result, outputs: stackResult(outputs), adoptedLate };
    const exists = problems.some(({ code }) => code === "already-exists");
    if (!exists || adoptedLate.length > 0) throw new SlipwayError(problems);
    adoptedLate = await adoptBefore(stack, plan, options, arm);
    if (adoptedLate.length === 0) throw new SlipwayError(problems);
  }
}

/**
 * Adopts by what a preview would create. While a group is not in the state, a preview ends at what
 * stands in it: so each one is followed as far as it came, until one comes through.
 */
async function adoptBefore(
  stack: OpenStack,
  plan: StackPlan,
  { adopt: anyOwner = false, note }: UpOptions,
  arm: () => Promise<ArmReader>,
): Promise<string[]> {
  note(`${plan.stack}: looking for what exists already`);
  const adopted: string[] = [];
  for (;;) {
    const { result, problems } = await unlessInterrupted(stack, note, () => previewStack(stack));
    const state = await readState(stack);
    const present = new Set(state.resources.map(({ urn }) => urn));
    const { changes } = result;
    const found = await unlocked(plan.stack, note, () =>
      unlessInterrupted(stack, note, () => adopt(stack, { plan, changes, present, anyOwner }, arm)),
    );
    adopted.push(...found);
    if (problems.length > 0 && found.length === 0) throw new SlipwayError(problems);
    if (problems.length === 0) break;
  }
  if (adopted.length > 0) note(`${plan.stack}: took ${adopted.length} existing resources over`);
  return adopted;
}

async function targets(
  stack: OpenStack,
  plan: StackPlan,
  solution: string,
  note: Note,
): Promise<string[]> {
  const { result, problems } = await unlessInterrupted(stack, note, () => previewStack(stack));
  if (problems.length > 0) throw new SlipwayError(problems);
  return targetsOf(result.changes, plan, solution);
}

function concerned(stacks: readonly PlannedStack[], solution: string | undefined): PlannedStack[] {
  if (solution === undefined) return [...stacks];
  const having = stacks.filter(({ plan }) =>
    plan.cells.some((cell) => cell.solutions.some(({ id }) => id === solution)),
  );
  if (having.length > 0) return having;
  const problem: Problem = {
    code: "solution-id",
    message: `no selected stack has the solution ${JSON.stringify(solution)}; "slipway solutions list" names those there are`,
  };
  throw new SlipwayError(problem);
}

function tellSettled(stack: string, { imported, cleared, refreshed }: Settled, note: Note): void {
  const count = imported.length + cleared.length + refreshed.length;
  if (count === 0) return;
  note(
    `${stack}: settled ${count} writes of an interrupted run: ${imported.length} had happened, ` +
      `${cleared.length} had not, ${refreshed.length} read again`,
  );
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function emptyDocument(): UpDocument {
  return {
    summary: emptySummary(),
    builds: [],
    records: [],
    settled: { imported: [], cleared: [], refreshed: [] },
    adopted: [],
    apps: [],
  };
}

function merge(a: UpDocument, b: UpDocument): UpDocument {
  return {
    summary: addSummaries(a.summary, b.summary),
    builds: [...a.builds, ...b.builds],
    records: [...a.records, ...b.records],
    settled: {
      imported: [...a.settled.imported, ...b.settled.imported],
      cleared: [...a.settled.cleared, ...b.settled.cleared],
      refreshed: [...a.settled.refreshed, ...b.settled.refreshed],
    },
    adopted: [...a.adopted, ...b.adopted],
    apps: [...a.apps, ...b.apps],
  };
}
