import type { Combination } from "../registry/index.ts";
import { pointedVersion } from "./pointers.ts";
import type { Checkout, Environment } from "./types.ts";

/** Versions that run beside each other. */
export interface RunningCombination {
  versions: Combination;
  /** Ids of the active solutions that run exactly these; none where only shared apps do. */
  solutions: readonly string[];
}

/**
 * What an environment's pointers make run beside each other: its own versions, and those of each
 * solution with an override. A solution has no say in shared apps: they run the environment's version.
 */
export function runningCombinations(
  { registry, solutions }: Pick<Checkout, "registry" | "solutions">,
  environment: Environment,
): RunningCombination[] {
  const shared = new Set(
    [...registry.catalogue.apps.values()]
      .filter(({ scope }) => scope === "shared")
      .map(({ component }) => component.name),
  );
  const own: RunningCombination = { versions: environment.versions, solutions: [] };
  const found = new Map([[keyOf(own.versions), own]]);
  for (const solution of solutions) {
    if (solution.environment !== environment.name || solution.state !== "active") continue;
    const versions = new Map(
      [...environment.versions].map(([component, version]) => [
        component,
        shared.has(component)
          ? version
          : (pointedVersion(environment, component, solution) ?? version),
      ]),
    );
    const key = keyOf(versions);
    const ids = found.get(key)?.solutions ?? [];
    found.set(key, { versions, solutions: [...ids, solution.id] });
  }
  return [...found.values()];
}

function keyOf(versions: Combination): string {
  return JSON.stringify([...versions].sort());
}
