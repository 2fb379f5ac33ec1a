import { sharedNames } from "../naming/index.ts";
import { type Problem, SlipwayError } from "../schemas/index.ts";
import { cellOf, stacksOf, unknownEnvironment } from "./placement.ts";
import { ownerTags, sharedAppPlans } from "./plan-apps.ts";
import { buildPlans } from "./plan-builds.ts";
import { type PlanContext, releaseChooser } from "./plan-context.ts";
import { solutionPlan } from "./plan-solutions.ts";
import { tagExpectations } from "./plan-tags.ts";
import type { CellPlan, StackPlan } from "./plan-types.ts";
import type { CellConfig, Checkout, StackConfig } from "./types.ts";

export interface PlanOptions {
  /** `<component>@<version>` whose build is all that is planned, without any cell. */
  releasing?: string | undefined;
}

/**
 * What a stack is to look like. Pure: the same checkout and config, the same plan.
 *
 * @param stack its config; it goes before the checkout's own reading of the stack's file
 * @throws SlipwayError with every problem: versions without a record, history, and pending records on
 *   a stack that does not build
 */
export function planStack(
  checkout: Checkout,
  stack: StackConfig,
  { releasing }: PlanOptions = {},
): StackPlan {
  const problems: Problem[] = [];
  const context = { ...contextOf(checkout, stack, problems), releasing };
  const cells = releasing === undefined ? stack.cells.map((cell) => cellPlan(context, cell)) : [];
  const builds = buildPlans(context);
  const tags = tagExpectations(context, builds);
  if (problems.length > 0) throw new SlipwayError(problems);
  return {
    project: stack.project,
    stack: stack.stack,
    environment: stack.environment,
    ephemeral: stack.ephemeral,
    subscriptionId: stack.subscriptionId,
    location: stack.location,
    ownerTags: ownerTags(context),
    builder: stack.builder,
    registry: stack.registry,
    builds,
    cells,
    tags,
  };
}

function contextOf(
  checkout: Checkout,
  stack: StackConfig,
  problems: Problem[],
): Omit<PlanContext, "releasing"> {
  const stacks = new Map(checkout.stacks).set(stack.stack, stack);
  const serving = stacksOf(stack.environment, stacks);
  const names = new Set(stack.cells.map(({ name }) => name));
  const environment = checkout.environments.get(stack.environment);
  if (environment === undefined && stack.cells.length > 0) {
    problems.push({
      code: "unknown-environment",
      file: stack.file,
      path: 'config["slipway:environment"]',
      message: unknownEnvironment(stack.environment, checkout.environments),
    });
  }
  const placed = checkout.solutions.flatMap((solution) => {
    if (solution.environment !== stack.environment) return [];
    const cell = cellOf(solution, serving);
    return cell !== undefined && names.has(cell) ? [{ solution, cell }] : [];
  });
  return {
    checkout,
    stack,
    placed,
    names: sharedNames({
      project: stack.project,
      stack: stack.stack,
      subscription: stack.subscriptionId,
    }),
    releases: releaseChooser(checkout.registry, stack, environment, problems),
  };
}

function cellPlan(context: PlanContext, config: CellConfig): CellPlan {
  const { project, stack, subscriptionId: subscription, sharedCell } = context.stack;
  return {
    config,
    pullAssignment: sharedNames({ project, stack, cell: config.name, subscription }).pullAssignment,
    solutions: context.placed
      .filter(({ cell }) => cell === config.name)
      .map(({ solution }) => solutionPlan(context, solution)),
    sharedApps: config.name === sharedCell ? sharedAppPlans(context) : [],
  };
}
