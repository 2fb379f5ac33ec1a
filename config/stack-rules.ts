import type { DocumentPath, ProblemCode } from "../schemas/index.ts";
import type { CellDocument, StackConfigDocument } from "./document-types.ts";

/** A rule that a stack's config breaks, at a path inside its file. */
export interface StackRuleProblem {
  code: ProblemCode;
  path: DocumentPath;
  message: string;
}

/** Explicit names that no two cells of a stack may share. */
const UNIQUE = [
  "name",
  "resource_group",
  "managed_environment",
  "log_workspace",
  "storage_account",
  "identity",
] as const satisfies readonly (keyof CellDocument)[];

/** Rules inside one stack's config. */
export function stackRuleProblems(config: StackConfigDocument): StackRuleProblem[] {
  const cells = config["slipway:cells"];
  const problems: StackRuleProblem[] = [];
  for (const key of UNIQUE) {
    const seen = new Map<string, string>();
    for (const [index, cell] of cells.entries()) {
      const value = cell[key];
      if (value === undefined) continue;
      const other = seen.get(value);
      if (other !== undefined) {
        problems.push({
          code: "stack-config",
          path: ["config", "slipway:cells", index, key],
          message: `found "${value}", which the cell ${other} has already, expected a ${key} of its own; choose another`,
        });
      }
      seen.set(value, cell.name);
    }
  }
  for (const key of ["slipway:default_cell", "slipway:shared_cell"] as const) {
    const name = config[key];
    if (name === undefined || cells.some((cell) => cell.name === name)) continue;
    problems.push({
      code: "unknown-cell",
      path: ["config", key],
      message: `found the cell "${name}", expected one of ${cells.map((cell) => cell.name).join(", ") || "slipway:cells"}; correct it or add the cell`,
    });
  }
  if (cells.length === 0 && !config["slipway:registry"].owned) {
    problems.push({
      code: "stack-config",
      path: ["config", "slipway:cells"],
      message:
        "found no cells and another stack's registry, expected one of the two to be this stack's; add a cell",
    });
  }
  return problems;
}
