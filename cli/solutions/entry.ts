import { cellOf, stacksOf } from "../../config/placement.ts";
import type { Checkout, Solution } from "../../config/types.ts";

/** A solution with every default resolved, in the keys of `solutions.yaml`. */
export interface SolutionEntry {
  id: string;
  name: string;
  environment: string;
  /** Null where no cell can be told, which `slipway check` reports. */
  cell: string | null;
  state: Solution["state"];
  ring: string;
  customer_repository: string | null;
  env: Readonly<Record<string, string>>;
  keep_data: boolean;
}

export function entryOf(solution: Solution, { stacks }: Pick<Checkout, "stacks">): SolutionEntry {
  return {
    id: solution.id,
    name: solution.name,
    environment: solution.environment,
    cell: cellOf(solution, stacksOf(solution.environment, stacks)) ?? null,
    state: solution.state,
    ring: solution.ring,
    customer_repository: solution.customerRepository ?? null,
    env: solution.env,
    keep_data: solution.keepData,
  };
}
