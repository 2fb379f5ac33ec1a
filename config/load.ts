import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { solutionHash } from "../naming/index.ts";
import {
  CATALOGUE_FILE,
  loadRegistry,
  type RegistryOptions,
  type ReleaseRegistry,
  solutionsInBuildArguments,
} from "../registry/index.ts";
import { type Problem, placeOf, type Report, readDocument } from "../schemas/index.ts";
import { loadEnvironments } from "./environments.ts";
import {
  type CommittedSolution,
  committedSolutions,
  movedSolutions,
  removedSolutions,
  skippedStates,
} from "./history.ts";
import { cellOf, placementProblems, stacksOf } from "./placement.ts";
import { secretProblems } from "./secrets.ts";
import { loadSolutions } from "./solutions.ts";
import { loadStackConfig } from "./stack-config.ts";
import { platformProblems, type StackProblem, stackProblems } from "./stacks.ts";
import type { Checkout, CheckoutCounts, Environment, Solution, StackConfig } from "./types.ts";
import { yankedProblems } from "./yanked.ts";

/** What may be left out of a reading, or added to it. */
export interface LoadOptions extends RegistryOptions {
  /**
   * Whether entries that are gone since the last commit are held against it; true unless given. The
   * program leaves this to `protect`, which knows what was deployed (D-29).
   */
  removals?: boolean;
}

/** What a reading of a checkout found. */
export interface LoadedCheckout {
  /** Undefined when there is any problem. */
  checkout: Checkout | undefined;
  /** As far as it could be read. */
  registry: ReleaseRegistry | undefined;
  /** All of them, in the order of files and lines in which they were found. */
  problems: Problem[];
  /** What names yanked releases: problems of a check, no reason to leave the checkout alone. */
  yanked: Problem[];
  /** Of what could be read. */
  counts: CheckoutCounts;
}

const PROJECT_FILE = "Pulumi.yaml";

/**
 * Reads and checks everything in a checkout: releases, environments, solutions and stacks.
 *
 * @param root folder with Pulumi.yaml
 */
export async function loadCheckout(
  root: string,
  options: LoadOptions = {},
): Promise<LoadedCheckout> {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const project = projectName(root, report);
  const names = stackNames(root);
  const committed = committedSolutions(root, project, names);
  const registry = loadRegistry(root, report, options);
  const listed = loadSolutions(root, report);
  const solutions = listed ?? [];
  const stacks = loadStacks(root, project, names, report);
  const { environments, complete } =
    registry === undefined
      ? { environments: new Map<string, Environment>(), complete: false }
      : loadEnvironments(root, { registry, solutions: listed }, report);
  // A file that could not be read is one problem, not one more for everything that leans on it.
  if (registry !== undefined && listed !== undefined && stacks.size === names.length && complete) {
    problems.push(...placementProblems({ registry, environments, solutions, stacks }));
    const located = [
      ...stackProblems({ environments, stacks }),
      ...platformProblems(registry.catalogue, stacks),
      ...secretProblems(registry.catalogue, solutions, stacks),
      ...buildArgumentProblems(registry, solutions),
    ];
    for (const { file, at, ...problem } of located) {
      report({ ...problem, ...placeOf(root, file, at) });
    }
  }
  const before = await committed;
  if (listed !== undefined && before !== undefined) {
    problems.push(...historyProblems(before, solutions, stacks, options));
  }
  return {
    checkout:
      registry === undefined || problems.length > 0
        ? undefined
        : { root: resolve(root), project, registry, environments, solutions, stacks },
    registry,
    problems,
    yanked: registry === undefined ? [] : yankedProblems(root, registry, environments),
    counts: {
      components: registry?.catalogue.components.size ?? 0,
      apps: registry?.catalogue.apps.size ?? 0,
      records: [...(registry?.records.values() ?? [])].reduce((sum, { length }) => sum + length, 0),
      platforms: registry?.platforms.length ?? 0,
      environments: environments.size,
      stacks: stacks.size,
      solutions: solutions.length,
    },
  };
}

/** Reads the stacks' files alone; those that are unusable are reported and left out. */
export function loadStackConfigs(root: string, report: Report): ReadonlyMap<string, StackConfig> {
  return loadStacks(root, projectName(root, report), stackNames(root), report);
}

function projectName(root: string, report: Report): string {
  const document = readDocument(root, PROJECT_FILE, report);
  const name = document?.data.name;
  if (typeof name === "string" && name !== "") return name;
  if (document !== undefined) {
    report({
      code: "schema",
      file: PROJECT_FILE,
      line: 1,
      path: "name",
      message: "found no project name, expected text; add name",
    });
  }
  return "";
}

function stackNames(root: string): string[] {
  return readdirSync(root)
    .sort()
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
}

function loadStacks(
  root: string,
  project: string,
  names: readonly string[],
  report: Report,
): Map<string, StackConfig> {
  const stacks = new Map<string, StackConfig>();
  for (const stack of names) {
    const config = loadStackConfig(root, { project, stack }, report);
    if (config !== undefined) stacks.set(stack, config);
  }
  return stacks;
}

function buildArgumentProblems(
  { catalogue }: ReleaseRegistry,
  solutions: readonly Solution[],
): StackProblem[] {
  const hashes = new Map(solutions.map(({ id }) => [id, solutionHash(id)]));
  return solutionsInBuildArguments(catalogue, hashes).map(({ component, argument, message }) => ({
    code: "build-argument",
    file: CATALOGUE_FILE,
    at: ["components", component, "build_args", argument],
    message,
  }));
}

function historyProblems(
  committed: readonly CommittedSolution[],
  solutions: readonly Solution[],
  stacks: ReadonlyMap<string, StackConfig>,
  { removals = true }: LoadOptions,
): Problem[] {
  const cell = (solution: Solution) => cellOf(solution, stacksOf(solution.environment, stacks));
  return [
    ...movedSolutions(committed, solutions, cell),
    ...skippedStates(committed, solutions),
    ...(removals ? removedSolutions(committed, solutions) : []),
  ];
}
