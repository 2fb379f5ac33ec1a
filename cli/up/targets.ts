import type { StackPlan } from "../../config/plan-types.ts";
import type { ResourceChange } from "../engine/changes.ts";
import { releaseOf } from "../engine/releases.ts";
import { solutionOf } from "../plan/translate.ts";

/**
 * The URNs of one solution, and of what it stands on: its cell, the image registry, and the builds
 * of the releases that it runs. Other solutions, shared apps and other builds are left out.
 *
 * @param changes of a preview of the whole stack
 */
export function targetsOf(
  changes: readonly ResourceChange[],
  plan: StackPlan,
  solution: string,
): string[] {
  const releases = new Set(
    plan.cells.flatMap((cell) =>
      cell.solutions
        .filter(({ id }) => id === solution)
        .flatMap(({ apps }) => apps.map(({ release }) => release)),
    ),
  );
  return changes
    .filter((change) => {
      const owner = solutionOf(change);
      if (owner !== undefined) return owner === solution;
      const release = releaseOf(change);
      if (release !== undefined) return releases.has(release);
      return change.type !== "azure-native:app:ContainerApp";
    })
    .map(({ urn }) => urn);
}
