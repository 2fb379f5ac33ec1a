import { type CheckoutCounts, loadCheckout, planStack } from "../../config/index.ts";
import { signersProblems } from "../../registry/index.ts";
import { formatProblem, type Problem, SlipwayError } from "../../schemas/problem.ts";
import { findRoot } from "../root.ts";
import type { Note } from "../types.ts";

/** The document of `slipway check`. */
export interface CheckDocument {
  ok: boolean;
  problems: readonly Problem[];
  counts: CheckoutCounts;
}

export interface CheckOptions {
  cwd?: string;
  /** Whether the records are compared with the world, too. */
  remote?: boolean;
  note: Note;
}

/** Reads everything in the checkout and plans every stack; finds all problems, changes nothing. */
export async function check({ cwd, remote, note }: CheckOptions): Promise<CheckDocument> {
  const root = findRoot(cwd);
  const { checkout, registry, problems, yanked, counts } = await loadCheckout(root);
  const components = checkout && new Set(checkout.registry.catalogue.components.keys());
  const found: Problem[] = [...problems, ...yanked, ...signersProblems(root, components)];
  for (const config of checkout?.stacks.values() ?? []) {
    try {
      if (checkout !== undefined) planStack(checkout, config);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      found.push(...error.problems);
    }
  }
  if (remote === true && registry !== undefined) {
    const { remoteProblems } = await import("./remote.ts");
    found.push(...(await remoteProblems(root, registry, note)));
  }
  return { ok: found.length === 0, problems: found, counts };
}

export function printCheck({ ok, problems, counts }: CheckDocument): string {
  const sizes = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  const verdict = ok
    ? "no problems"
    : `${problems.length} problem${problems.length > 1 ? "s" : ""}`;
  return [...problems.map(formatProblem), `${verdict} in ${sizes.join(", ")}`].join("\n");
}
