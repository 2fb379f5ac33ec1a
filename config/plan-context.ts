import type { SharedNames } from "../naming/index.ts";
import type { ReleaseRecord, ReleaseRegistry } from "../registry/index.ts";
import type { Problem } from "../schemas/index.ts";
import type { ImagePlan } from "./plan-types.ts";
import { pointedVersion, pointerProblem, recordOf } from "./pointers.ts";
import type { Checkout, Environment, Solution, StackConfig } from "./types.ts";

/** What the parts of a plan are computed from. */
export interface PlanContext {
  checkout: Checkout;
  stack: StackConfig;
  /** Solutions of this stack, in the order of the list, with their cells. */
  placed: readonly { solution: Solution; cell: string }[];
  /** Names of what belongs to the stack as a whole. */
  names: SharedNames;
  releases: ReleaseChooser;
  /** `<component>@<version>` whose build alone is declared. */
  releasing: string | undefined;
}

/** A release that something runs, with the image to run. */
export interface ChosenRelease {
  record: ReleaseRecord;
  image: ImagePlan;
}

export interface ReleaseChooser {
  /** The release of a component for a solution, or for shared apps; undefined after a problem. */
  choose(component: string, solution?: Solution): ChosenRelease | undefined;
  /** Every release that was chosen so far. */
  chosen(): ReleaseRecord[];
}

/** `<name>.azurecr.io`, as records and images name a registry (S-4). */
export function loginServer(registry: { name: string }): string {
  return `${registry.name}.azurecr.io`;
}

/** Resolves pointers for one stack; each problem is collected once. */
export function releaseChooser(
  registry: ReleaseRegistry,
  stack: StackConfig,
  environment: Environment | undefined,
  problems: Problem[],
): ReleaseChooser {
  const releases = new Map<string, ChosenRelease | undefined>();
  const decide = (component: string, version: string): ChosenRelease | undefined => {
    const problem = pointerProblem(registry, component, version);
    const record = recordOf(registry, component, version);
    const image = record && imageOf(record, stack);
    if (problem !== undefined || record === undefined) {
      if (problem !== undefined) problems.push({ ...at(environment, component), ...problem });
      return undefined;
    }
    if (image === undefined) {
      problems.push(pendingProblem(record, stack));
      return undefined;
    }
    if (image.registry !== loginServer(stack.registry)) {
      problems.push(foreignProblem(record, image, stack));
      return undefined;
    }
    return { record, image };
  };
  return {
    choose: (component, solution) => {
      const version = environment && pointedVersion(environment, component, solution);
      if (environment === undefined) return undefined;
      const key = `${component}@${version ?? ""}`;
      if (releases.has(key)) return releases.get(key);
      if (version === undefined) {
        problems.push({
          ...at(environment, component),
          code: "environment-rule",
          message: `found no version of ${component}, expected one; add a line under versions`,
        });
      }
      const release = version === undefined ? undefined : decide(component, version);
      releases.set(key, release);
      return release;
    },
    chosen: () => [...releases.values()].flatMap((release) => release?.record ?? []),
  };
}

function at(environment: Environment | undefined, component: string) {
  if (environment === undefined) return {};
  const fromPlatform = environment.platform?.components.has(component) === true;
  return { file: environment.file, path: fromPlatform ? "platform" : `versions.${component}` };
}

/** The digest once it is recorded; until then the output of the run that this stack declares (S-3). */
function imageOf(record: ReleaseRecord, stack: StackConfig): ImagePlan | undefined {
  const { artifact } = record;
  if (artifact === undefined) return undefined;
  const { registry, repository, digest } = artifact;
  if (registry !== undefined && digest !== undefined) {
    return { kind: "digest", registry, repository, digest };
  }
  return stack.registry.owned
    ? {
        kind: "build",
        release: releaseId(record),
        registry: loginServer(stack.registry),
        repository,
      }
    : undefined;
}

/** `<component>@<version>` */
export function releaseId(record: Pick<ReleaseRecord, "component" | "version">): string {
  return `${record.component}@${record.version}`;
}

/** A cell's identity may pull from the stack's registry and from no other (S-1). */
function foreignProblem(record: ReleaseRecord, image: ImagePlan, stack: StackConfig): Problem {
  return {
    code: "record-not-deployable",
    file: record.file,
    path: "artifact.registry",
    message: `found ${releaseId(record)} in ${image.registry}, expected ${loginServer(stack.registry)}, from which alone the stack ${stack.stack} may pull; name that registry in slipway:registry of ${stack.file}, or point at a release of this one`,
  };
}

function pendingProblem(record: ReleaseRecord, stack: StackConfig): Problem {
  return {
    code: "record-pending",
    file: record.file,
    path: "artifact.digest",
    message: `found ${releaseId(record)} without a digest, expected a built release: the stack ${stack.stack} does not own the registry ${stack.registry.name}; run: slipway release ${releaseId(record)}`,
  };
}
