import { stacksOf } from "../../config/placement.ts";
import type { Checkout } from "../../config/types.ts";
import { azureNames } from "../../naming/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import type { Outcome } from "../types.ts";
import { addEntry, defaultEnvironment } from "./edit.ts";
import { entryOf } from "./entry.ts";
import { editSolutions } from "./write.ts";

export interface AddOptions {
  cwd?: string;
  id: string;
  name: string;
  env?: string;
  cell?: string;
  ring?: string;
  customerRepository?: string;
}

/**
 * Adds a solution; in the emptiest cell of its environment unless one is named.
 *
 * @throws SlipwayError with code `solution-id` or `solution-duplicate`, or with every problem that
 *   the checkout would have
 */
export async function addSolution(options: AddOptions): Promise<Outcome> {
  const { cwd, id } = options;
  azureNames(id);
  const said = `added ${id} to solutions.yaml; next: slipway plan, then slipway up`;
  return editSolutions({ cwd, id, said }, (text, checkout) => {
    if (checkout.solutions.some((solution) => solution.id === id)) {
      throw new SlipwayError({
        code: "solution-duplicate",
        file: "solutions.yaml",
        message: `has a solution ${id} already; choose another id`,
      });
    }
    return addEntry(text, fieldsOf(options, checkout, defaultEnvironment(text)));
  });
}

/**
 * @param environment of the stacks whose cells count
 * @returns the cell with the fewest solutions, the first by name among equals; undefined without cells
 */
export function emptiestCell(checkout: Checkout, environment: string): string | undefined {
  const residents = new Map<string, number>();
  for (const { cells } of stacksOf(environment, checkout.stacks)) {
    for (const { name } of cells) residents.set(name, 0);
  }
  for (const solution of checkout.solutions) {
    if (solution.environment !== environment) continue;
    const { cell } = entryOf(solution, checkout);
    const count = cell === null ? undefined : residents.get(cell);
    if (cell !== null && count !== undefined) residents.set(cell, count + 1);
  }
  const [emptiest] = [...residents].sort(([a, m], [b, n]) => m - n || (a < b ? -1 : 1));
  return emptiest?.[0];
}

function fieldsOf(
  options: AddOptions,
  checkout: Checkout,
  byDefault: string | undefined,
): Record<string, string> {
  const { id, name, env, ring, customerRepository } = options;
  const environment = env ?? byDefault ?? onlyEnvironment(checkout);
  const cell = options.cell ?? emptiestCell(checkout, environment);
  return {
    id,
    name,
    ...(environment === byDefault ? {} : { environment }),
    ...(cell === undefined ? {} : { cell }),
    ...(ring === undefined ? {} : { ring }),
    ...(customerRepository === undefined ? {} : { customer_repository: customerRepository }),
  };
}

function onlyEnvironment({ environments }: Checkout): string {
  const [only, ...others] = environments.keys();
  if (only !== undefined && others.length === 0) return only;
  throw new SlipwayError({
    code: "usage",
    message: `--env is needed: there are the environments ${[...environments.keys()].join(", ")}`,
  });
}
