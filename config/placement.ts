import { CATALOGUE_FILE, type Catalogue } from "../registry/index.ts";
import type { DocumentPath, Problem, ProblemCode } from "../schemas/index.ts";
import { SOLUTIONS_FILE } from "./solutions.ts";
import type { Checkout, Solution, StackConfig } from "./types.ts";

/** Most solutions in one cell, retired ones with their shares among them (docs/AZURE.md, limits). */
export const MAX_SOLUTIONS_PER_CELL = 250;

/**
 * The cell of a solution: its own, else the environment's default, else its only one (S-6).
 *
 * @param stacks those of the solution's environment
 */
export function cellOf(
  solution: { cell?: string },
  stacks: readonly StackConfig[],
): string | undefined {
  if (solution.cell !== undefined) return solution.cell;
  const chosen = stacks.flatMap(({ defaultCell }) => defaultCell ?? []);
  const cells =
    chosen.length > 0 ? chosen : stacks.flatMap((stack) => stack.cells.map((cell) => cell.name));
  return cells.length === 1 ? cells[0] : undefined;
}

/** Stacks that run solutions of an environment. */
export function stacksOf(
  environment: string,
  stacks: ReadonlyMap<string, StackConfig>,
): StackConfig[] {
  return [...stacks.values()].filter((stack) => stack.environment === environment);
}

/** Solutions that have no place, and cells that have too many of them. */
export function placementProblems({
  environments,
  solutions,
  stacks,
}: Pick<Checkout, "environments" | "solutions" | "stacks">): Problem[] {
  const problems: Problem[] = [];
  const residents = new Map<string, Solution[]>();
  for (const [index, solution] of solutions.entries()) {
    const at = { file: SOLUTIONS_FILE, line: solution.line, path: `solutions[${index}]` };
    if (!environments.has(solution.environment)) {
      problems.push({
        ...at,
        code: "unknown-environment",
        message: unknownEnvironment(solution.environment, environments),
      });
      continue;
    }
    const serving = stacksOf(solution.environment, stacks);
    const cells = serving.flatMap((stack) => stack.cells.map((cell) => cell.name));
    const cell = cellOf(solution, serving);
    if (cell === undefined || !cells.includes(cell)) {
      problems.push({
        ...at,
        code: "unknown-cell",
        message: `found ${cell === undefined ? "no cell" : `the cell "${cell}"`}, expected one of ${cells.join(", ") || "a stack's cells"} in ${solution.environment}; name one, or set slipway:default_cell`,
      });
      continue;
    }
    const key = `${solution.environment}/${cell}`;
    const list = residents.get(key) ?? [];
    list.push(solution);
    residents.set(key, list);
  }
  for (const [key, list] of residents) {
    const first = list[MAX_SOLUTIONS_PER_CELL];
    if (first === undefined) continue;
    problems.push({
      code: "cell-full",
      file: SOLUTIONS_FILE,
      line: first.line,
      message: `found ${list.length} solutions in the cell ${key}, expected at most ${MAX_SOLUTIONS_PER_CELL}; put ${first.id} and those after it into another cell`,
    });
  }
  return problems;
}

/** The message about an environment that has no file. */
export function unknownEnvironment(name: string, environments: Checkout["environments"]): string {
  const known = [...environments.keys()].join(", ") || "a file under environments/";
  return `found the environment "${name}", expected one of ${known}; correct it or add environments/${name}.yaml`;
}

/** A problem in a stack's file, at a path inside it. */
export interface StackProblem {
  code: ProblemCode;
  file: string;
  at: DocumentPath;
  message: string;
}

/**
 * Components that no ACR Task of a stack can build: it builds for the platform of its agent alone.
 */
export function platformProblems(
  { components }: Catalogue,
  stacks: ReadonlyMap<string, StackConfig>,
): StackProblem[] {
  const builder = [...stacks.values()].find(
    (stack) => stack.registry.owned && stack.builder.kind === "acr",
  );
  if (builder === undefined) return [];
  return [...components.values()]
    .filter(({ kind, platforms }) => kind === "container" && !isTaskPlatform(platforms))
    .map(({ name, platforms }) => ({
      code: "catalogue-rule",
      file: CATALOGUE_FILE,
      at: ["components", name, "platforms"],
      message: `found ${platforms.join(", ")}, expected one of linux or windows with amd64, arm64, arm or 386: the stack ${builder.stack} builds by ACR Tasks; leave one, or choose a BuildKit builder in ${builder.file}`,
    }));
}

function isTaskPlatform(platforms: readonly string[]): boolean {
  const [platform = "", ...more] = platforms;
  return more.length === 0 && /^(linux|windows)\/(amd64|arm64|arm|386)$/.test(platform);
}

/** What stacks may not share or leave unsaid between them. */
export function stackProblems({
  environments,
  stacks,
}: Pick<Checkout, "environments" | "stacks">): StackProblem[] {
  const problems: StackProblem[] = [];
  const owners = new Map<string, string>();
  const cells = new Map<string, string>();
  for (const stack of stacks.values()) {
    const problem = (message: string, key: string, code: ProblemCode = "stack-config") =>
      problems.push({ code, file: stack.file, at: ["config", key], message });
    if (stack.cells.length > 0 && !environments.has(stack.environment)) {
      problem(
        unknownEnvironment(stack.environment, environments),
        "slipway:environment",
        "unknown-environment",
      );
    }
    const owner = stack.registry.owned ? owners.get(stack.registry.name) : undefined;
    if (owner !== undefined) {
      problem(
        `found the registry ${stack.registry.name}, which the stack ${owner} owns already, expected one owner; name it by id with owned: false`,
        "slipway:registry",
      );
    }
    if (stack.registry.owned) owners.set(stack.registry.name, stack.stack);
    for (const { name } of stack.cells) {
      const key = `${stack.environment}/${name}`;
      const other = cells.get(key);
      if (other !== undefined) {
        problem(
          `found the cell "${name}", which the stack ${other} has already in ${stack.environment}, expected each cell once; rename it`,
          "slipway:cells",
        );
      }
      cells.set(key, stack.stack);
    }
  }
  return problems;
}
