import type { BuildPlan, StackPlan } from "../../config/plan-types.ts";
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

/**
 * The URNs of one release's build and of what it needs, by the names that `components/` gives them:
 * the image registry, the component's task, the run (or a BuildKit build and its image). What the
 * state has of the others is left as it is: everything that stands on a target would have to be
 * declared with it, or the engine takes it for deleted (engine 3.255.0).
 *
 * @param present URNs that the state has
 */
export function buildTargets(
  { project, stack, builder }: Pick<StackPlan, "project" | "stack" | "builder">,
  { release, component, commit }: Pick<BuildPlan, "release" | "component" | "commit">,
  present: ReadonlySet<string> = new Set(),
): string[] {
  const urn = (types: readonly string[], name: string) =>
    `urn:pulumi:${stack}::${project}::${types.join("$")}::${name}`;
  const [registry, build] = [
    "slipway:components:ImageRegistry",
    "slipway:components:ComponentBuild",
  ];
  const needed = [
    urn([registry], "registry"),
    urn([registry, "azure-native:resources:ResourceGroup"], "registry"),
    urn([registry, "azure-native:containerregistry:Registry"], "registry"),
    urn([build], component),
  ];
  const image = `${release}-${commit.slice(0, 12)}`;
  const own =
    builder.kind === "acr"
      ? [urn([build, "slipway:acr:Run"], release)]
      : [
          urn([build, "docker-build:index:Image"], image),
          urn([build, "slipway:acr:BuiltImage"], image),
        ];
  if (builder.kind === "acr") {
    needed.push(urn([build, "azure-native:containerregistry:Task"], component));
  }
  return [...needed.filter((target) => !present.has(target)), ...own];
}
