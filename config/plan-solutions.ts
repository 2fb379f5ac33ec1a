import { azureNames } from "../naming/index.ts";
import { type StorageKey, solutionAppPlans, storageKey } from "./plan-apps.ts";
import type { PlanContext } from "./plan-context.ts";
import type { SharePlan, SolutionPlan, StoragePlan } from "./plan-types.ts";
import type { Solution } from "./types.ts";

/** Access of each storage (D-13). */
const STORAGES = [
  { key: "customer_rw", share: "customer", accessMode: "ReadWrite" },
  { key: "customer_ro", share: "customer", accessMode: "ReadOnly" },
  { key: "internal_rw", share: "internal", accessMode: "ReadWrite" },
] as const;

const SHARES = ["customer", "internal"] as const;

/** What one solution is to look like: its shares always, apps and storages while it is active (D-29). */
export function solutionPlan(context: PlanContext, solution: Solution): SolutionPlan {
  const active = solution.state === "active";
  return {
    id: solution.id,
    name: solution.name,
    hash: azureNames(solution.id).hash,
    state: solution.state,
    keepData: solution.keepData,
    shares: sharePlans(context, solution),
    storages: active ? storagePlans(context, solution) : [],
    apps: active ? solutionAppPlans(context, solution) : [],
  };
}

function sharePlans({ stack }: PlanContext, solution: Solution): SharePlan[] {
  const names = azureNames(solution.id).shares;
  return SHARES.map((share) => ({
    share,
    name: names[share],
    quotaGib: stack.shareQuotaGib,
    metadata: {
      slipway_project: headerText(stack.project),
      slipway_stack: headerText(stack.stack),
      slipway_environment: stack.environment,
      slipway_solution: solution.id,
      slipway_name: headerText(solution.name),
      slipway_share: share,
    },
  }));
}

function storagePlans({ checkout }: PlanContext, solution: Solution): StoragePlan[] {
  const names = azureNames(solution.id).storages;
  const used = new Set<StorageKey>(
    [...checkout.registry.catalogue.apps.values()]
      .filter(({ scope }) => scope === "solution")
      .flatMap(({ mounts }) => mounts.map(storageKey)),
  );
  return STORAGES.filter(({ key }) => used.has(key)).map((storage) => ({
    ...storage,
    name: names[storage.key],
  }));
}

/** Share metadata travels in headers: printable ASCII as it is, the rest percent-encoded. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]|%/gu, (character) => encodeURIComponent(character));
}
