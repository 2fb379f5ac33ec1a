import type { Catalogue } from "../registry/index.ts";
import type { Problem } from "../schemas/index.ts";
import { storageKey } from "./plan-apps.ts";
import { SOLUTIONS_FILE } from "./solutions.ts";
import type { Checkout, Solution, StackConfig } from "./types.ts";

/** Most solutions in one cell, retired ones with their shares among them (docs/AZURE.md, limits). */
const MAX_SOLUTIONS = 250;
/** Azure's own: resources of one type in a resource group. */
const MAX_OF_ONE_TYPE = 800;

/** How many solutions a cell has room for, beside the shared apps. */
export function solutionsPerCell({ apps }: Catalogue): number {
  const all = [...apps.values()];
  const own = all.filter(({ scope }) => scope === "solution");
  const storages = new Set(own.flatMap(({ mounts }) => mounts.map(storageKey)));
  const room = MAX_OF_ONE_TYPE - (all.length - own.length);
  return Math.min(MAX_SOLUTIONS, Math.floor(room / Math.max(1, own.length, storages.size)));
}

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
  registry,
  environments,
  solutions,
  stacks,
}: Pick<Checkout, "registry" | "environments" | "solutions" | "stacks">): Problem[] {
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
  const most = solutionsPerCell(registry.catalogue);
  for (const [key, list] of residents) {
    const first = list[most];
    if (first === undefined) continue;
    problems.push({
      code: "cell-full",
      file: SOLUTIONS_FILE,
      line: first.line,
      message: `found ${list.length} solutions in the cell ${key}, expected at most ${most}; put ${first.id} and those after it into another cell`,
    });
  }
  return problems;
}

/** The message about an environment that has no file. */
export function unknownEnvironment(name: string, environments: Checkout["environments"]): string {
  const known = [...environments.keys()].join(", ") || "a file under environments/";
  return `found the environment "${name}", expected one of ${known}; correct it or add environments/${name}.yaml`;
}
