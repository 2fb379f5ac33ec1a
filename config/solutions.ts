import { solutionHash, solutionIdProblem } from "../naming/index.ts";
import {
  describe,
  type Problem,
  type Report,
  readDocument,
  validateDocument,
} from "../schemas/index.ts";
import type { SolutionDocument, SolutionsDocument } from "./document-types.ts";
import type { Solution } from "./types.ts";

/** Path of the solution list in a checkout. */
export const SOLUTIONS_FILE = "solutions.yaml";

/**
 * Reads and checks the solution list (S-6).
 *
 * @returns undefined when it could not be read; entries with problems are in the list all the same
 */
export function loadSolutions(root: string, report: Report): Solution[] | undefined {
  const document = readDocument(root, SOLUTIONS_FILE, report);
  const data = document && validateDocument<SolutionsDocument>("solutions", document, report);
  if (document === undefined || data === undefined) return undefined;
  const solutions: Solution[] = [];
  for (const [index, entry] of data.solutions.entries()) {
    const problem = solutionIdProblem(entry.id);
    if (problem !== undefined) {
      report({
        ...document.at(["solutions", index, "id"]),
        code: "solution-id",
        message: `found ${describe(entry.id)}, which ${problem}; choose another id`,
      });
    }
    solutions.push(solutionFrom(entry, data.defaults, document.lineOf(["solutions", index])));
  }
  const homeless = solutions.find(({ environment }) => environment === "");
  if (homeless !== undefined) {
    report({
      ...document.at(["solutions", solutions.indexOf(homeless)]),
      code: "unknown-environment",
      message: `found no environment for ${homeless.id} and none under defaults, expected one of the two; add it`,
    });
    return undefined;
  }
  solutionClashes(solutions).forEach(report);
  return solutions;
}

/**
 * Ids that occur twice, and ids that are told apart by nothing in Azure (D-12).
 *
 * @param hash the hash in the names of a solution's resources
 */
export function solutionClashes(
  solutions: readonly Pick<Solution, "id" | "line">[],
  hash: (id: string) => string = solutionHash,
): Problem[] {
  const problems: Problem[] = [];
  const byHash = new Map<string, Pick<Solution, "id" | "line">>();
  for (const [index, solution] of solutions.entries()) {
    const key = hash(solution.id);
    const other = byHash.get(key);
    if (other === undefined) {
      byHash.set(key, solution);
      continue;
    }
    const where = { file: SOLUTIONS_FILE, line: solution.line, path: `solutions[${index}].id` };
    problems.push(
      other.id === solution.id
        ? {
            ...where,
            code: "solution-duplicate",
            message: `found the id "${solution.id}", which line ${other.line} has already, expected each id once; remove or rename one of the two`,
          }
        : {
            ...where,
            code: "solution-collision",
            message: `found the id "${solution.id}", whose names in Azure (${key}) are those of "${other.id}" in line ${other.line}, expected names of its own; choose another id`,
          },
    );
  }
  return problems;
}

function solutionFrom(
  entry: SolutionDocument,
  defaults: SolutionsDocument["defaults"],
  line: number,
): Solution {
  const customerRepository = entry.customer_repository ?? defaults.customer_repository;
  return {
    id: entry.id,
    name: entry.name,
    environment: entry.environment ?? defaults.environment ?? "",
    ...(entry.cell !== undefined && { cell: entry.cell }),
    state: entry.state,
    ring: entry.ring ?? defaults.ring,
    ...(customerRepository !== undefined && { customerRepository }),
    env: entry.env,
    keepData: entry.keep_data,
    line,
  };
}
