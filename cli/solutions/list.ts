import Table from "cli-table3";
import { openCheckout } from "../checkout.ts";
import { findRoot } from "../root.ts";
import { entryOf, type SolutionEntry } from "./entry.ts";

/** The document of `slipway solutions list`. */
export interface SolutionsDocument {
  solutions: readonly SolutionEntry[];
}

/** @throws SlipwayError with every problem of the checkout */
export async function listSolutions({ cwd }: { cwd?: string }): Promise<SolutionsDocument> {
  const checkout = await openCheckout(findRoot(cwd));
  return { solutions: checkout.solutions.map((solution) => entryOf(solution, checkout)) };
}

export function printSolutions({ solutions }: SolutionsDocument): string {
  const table = new Table({
    head: ["id", "name", "environment", "cell", "state", "ring"],
    style: { head: [], border: [], compact: true },
  });
  for (const { id, name, environment, cell, state, ring } of solutions) {
    table.push([id, name, environment, cell ?? "", state, ring]);
  }
  return table.toString();
}
