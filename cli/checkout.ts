import { type Checkout, loadCheckout, planStack } from "../config/index.ts";
import type { StackPlan } from "../config/plan-types.ts";
import type { StackConfig } from "../config/types.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import { findRoot } from "./root.ts";

export interface StackSelection {
  cwd?: string;
  stack?: string;
  env?: string;
}

/** One stack of the checkout, planned. */
export interface PlannedStack {
  root: string;
  checkout: Checkout;
  plan: StackPlan;
}

/** @throws SlipwayError with every problem of the checkout */
export async function openCheckout(root: string): Promise<Checkout> {
  const { checkout, problems } = await loadCheckout(root);
  if (checkout === undefined || problems.length > 0) throw new SlipwayError(problems);
  return checkout;
}

/**
 * Loads the checkout and plans the stacks that were asked for: all unless told otherwise, the image
 * registry's owner first, then by name (S-1).
 *
 * @throws SlipwayError with every problem found
 */
export async function planStacks(selection: StackSelection): Promise<PlannedStack[]> {
  const root = findRoot(selection.cwd);
  const checkout = await openCheckout(root);
  const problems: Problem[] = [];
  const planned = selectStacks(checkout, selection).flatMap((config) => {
    try {
      return [{ root, checkout, plan: planStack(checkout, config) }];
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new SlipwayError(problems);
  return planned;
}

/** @throws SlipwayError with code `unknown-stack` or `unknown-environment` */
export function selectStacks(
  checkout: Checkout,
  { stack, env }: Pick<StackSelection, "stack" | "env">,
): StackConfig[] {
  const all = [...checkout.stacks.values()].sort(ownerFirst);
  const selected = all.filter(
    (config) =>
      (stack === undefined || config.stack === stack) &&
      (env === undefined || config.environment === env),
  );
  if (selected.length > 0) return selected;
  const known = all.map((config) => `${config.stack} (${config.environment})`).join(", ");
  throw new SlipwayError({
    code: stack === undefined ? "unknown-environment" : "unknown-stack",
    message: `no stack is called ${stack ?? "anything"} in environment ${env ?? "any"}; there are: ${known || "none"}`,
  });
}

/**
 * The stack that owns the image registry which releases are built into (S-1).
 *
 * @param name of the one that is meant, where there are several
 * @throws SlipwayError with code `unknown-stack`, `stack-config` or `usage`
 */
export function ownerStack(
  stacks: ReadonlyMap<string, StackConfig>,
  name: string | undefined,
): StackConfig {
  const owners = [...stacks.values()].filter(({ registry }) => registry.owned);
  const [owner, ...more] = owners.filter(({ stack }) => name === undefined || stack === name);
  const known = owners.map(({ stack }) => stack).join(", ") || "none";
  if (owner === undefined) {
    throw new SlipwayError({
      code: name === undefined ? "stack-config" : "unknown-stack",
      message: `found no stack ${name ?? ""} that owns an image registry, which releases are built into; those that do: ${known}. Set slipway:registry with owned: true in a Pulumi.<stack>.yaml`,
    });
  }
  if (more.length === 0) return owner;
  const message = `several stacks own an image registry: ${known}; name one with --stack`;
  throw new SlipwayError({ code: "usage", message });
}

export function ownerFirst(a: StackConfig, b: StackConfig): number {
  if (a.registry.owned !== b.registry.owned) return a.registry.owned ? -1 : 1;
  return a.stack < b.stack ? -1 : 1;
}
