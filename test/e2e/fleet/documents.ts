/** The parts of slipway's documents that the tests read. */
import type { PlanDocument } from "../../../cli/plan/index.ts";
import type { UpDocument } from "../../../cli/up/index.ts";

export type { PlanDocument, UpDocument };

/** A world in which the first `up` has been done. */
export interface ConvergedWorld {
  first: UpDocument;
}

/** Steps of `pulumi preview --json` that change something: `op type name`. */
export function stepsOf(json: string): string[] {
  const { steps } = JSON.parse(json) as { steps: { op: string; urn: string }[] };
  return steps
    .filter(({ op }) => op !== "same" && op !== "read")
    .map(({ op, urn }) => {
      const [, , types = "", name = ""] = urn.split("::");
      return `${op} ${types.split("$").at(-1)} ${name}`;
    })
    .sort();
}
