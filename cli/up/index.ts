import type { StackPlan } from "../../config/plan-types.ts";
import type { Component } from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import type { Source } from "../../source/index.ts";
import { type PlannedStack, planStacks, type StackSelection } from "../checkout.ts";
import { openComponentSource } from "../component.ts";
import { addSummaries, emptySummary, type Summary } from "../engine/changes.ts";
import { unlessInterrupted } from "../engine/interrupt.ts";
import { previewStack } from "../engine/preview.ts";
import { type Engine, findEngine } from "../engine/process.ts";
import { earlyRemovals } from "../engine/removals.ts";
import { type OpenStack, openStack } from "../engine/stack.ts";
import { runsYanked, yankedMoves } from "../engine/yanked.ts";
import type { Note } from "../types.ts";
import { type BuildDone, buildsOf } from "./builds.ts";
import { converge } from "./converge.ts";
import { finishRecords } from "./finish.ts";
import { type Deployed, deployedApps } from "./outputs.ts";
import { NOTHING, type Settled } from "./settle.ts";
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
  const engine = await findEngine();
  let document = emptyDocument();
  for (const stack of stacks) {
    document = merge(document, await convergeStack(stack, engine, options));
  }
  return document;
}

async function convergeStack(
  planned: PlannedStack,
  engine: Engine,
  options: UpOptions,
): Promise<UpDocument> {
  const { root, plan, checkout } = planned;
  const { note, solution, adopt = false } = options;
  const stack = await openStack(root, plan.stack, engine);
  const { result, outputs, settled, adopted } = await converge(stack, {
    plan,
    note,
    anyOwner: adopt,
    check(state) {
      const removals = earlyRemovals(state, plan);
      if (removals.length > 0) throw new SlipwayError(removals);
    },
    ...(runsYanked(plan, checkout.registry) && {
      checkAdopted(state) {
        const moves = yankedMoves(state, plan, checkout.registry);
        if (moves.length > 0) throw new SlipwayError(moves);
      },
    }),
    ...(solution === undefined ? {} : { targets: () => targets(stack, plan, solution, note) }),
  });
  const records =
    plan.ephemeral || !plan.registry.owned
      ? []
      : await finishRecords({
          root,
          registry: checkout.registry,
          builder: plan.builder.kind,
          source: sourcesOf(planned, note),
          env: process.env,
          note,
          ...outputs,
        });
  return {
    summary: result.summary,
    builds: buildsOf(result.changes),
    records,
    settled,
    adopted,
    apps: deployedApps(plan, outputs, checkout.registry),
  };
}

/** Each repository is fetched once, when the first package of it is packed. */
function sourcesOf({ root, plan, checkout: { registry, stacks } }: PlannedStack, note: Note) {
  const opened = new Map<string, Promise<Source>>();
  const owner = stacks.get(plan.stack);
  if (owner === undefined) throw new Error(`there is no stack ${plan.stack}`);
  return (component: Component): Promise<Source> => {
    const { key } = component.repository;
    const source =
      opened.get(key) ?? openComponentSource(root, { registry, component, owner }, note);
    opened.set(key, source);
    return source;
  };
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
    code: "unknown-solution",
    message: `no selected stack has the solution ${JSON.stringify(solution)}; "slipway solutions list" names those there are`,
  };
  throw new SlipwayError(problem);
}

function emptyDocument(): UpDocument {
  return {
    summary: emptySummary(),
    builds: [],
    records: [],
    settled: NOTHING,
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
      forgotten: [...a.settled.forgotten, ...b.settled.forgotten],
    },
    adopted: [...a.adopted, ...b.adopted],
    apps: [...a.apps, ...b.apps],
  };
}
