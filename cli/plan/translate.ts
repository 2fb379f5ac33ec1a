/** Changes of resources in the user's terms: solutions, apps, shares, builds. Pure. */
import type { AppPlan, StackPlan } from "../../config/plan-types.ts";
import {
  type Change,
  type Inputs,
  nameOf,
  type ResourceChange,
  typeOf,
} from "../engine/changes.ts";
import { isBuild, releaseOf } from "../engine/releases.ts";

/** A version of a component at work. */
export interface Running {
  version: string;
  /** `sha256:<hex>`; null while the build that gives it has not run. */
  digest: string | null;
}

export interface AppChange {
  /** Key in the catalogue. */
  name: string;
  component: string;
  /** Null: there is no such app yet. */
  from: Running | null;
  /** Null: the app goes. */
  to: Running | null;
  change: Change;
  /** What differs in an update, e.g. `template.containers[0].image`. */
  properties: readonly string[];
}

export interface NamedChange {
  name: string;
  change: Change;
}

export interface SolutionChange {
  id: string;
  stack: string;
  apps: AppChange[];
  shares: NamedChange[];
  storages: NamedChange[];
}

export interface BuildChange {
  component: string;
  version: string;
  change: Change;
}

/** What stands for no solution: image registry, cells, tasks. */
export interface OtherChange extends NamedChange {
  type: string;
}

export interface Translated {
  solutions: SolutionChange[];
  /** Shared apps. */
  apps: AppChange[];
  builds: BuildChange[];
  others: OtherChange[];
}

const SOLUTION = "slipway:components:Solution";
const UNKNOWN_VERSION = "unknown";

/**
 * @param changes of one run over the stack
 * @param plan what the stack is to look like; apps that it lacks are told by their tags
 */
export function translate(changes: readonly ResourceChange[], plan: StackPlan): Translated {
  const solutions = new Map<string, SolutionChange>();
  const result: Translated = { solutions: [], apps: [], builds: [], others: [] };
  const planned = plannedApps(plan);
  for (const change of changes) {
    const owner = solutionOf(change);
    const solution = owner === undefined ? undefined : entry(solutions, owner, plan.stack);
    const { type } = change;
    if (type === "azure-native:app:ContainerApp") {
      (solution ?? result).apps.push(appChange(change, planned));
    } else if (solution !== undefined && type === "azure-native:storage:FileShare") {
      solution.shares.push(named(change, "shareName"));
    } else if (solution !== undefined && type === "azure-native:app:ManagedEnvironmentsStorage") {
      solution.storages.push(named(change, "storageName"));
    } else if (isBuild(change)) {
      result.builds.push(buildChange(change));
    } else if (!type.startsWith("slipway:") && releaseOf(change) === undefined) {
      result.others.push({ type, name: change.name, change: change.change });
    }
  }
  result.solutions = [...solutions.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  // The engine tells of resources as they come; a preview reads the same every time.
  for (const list of result.solutions.flatMap(({ apps, shares, storages }) => [
    apps,
    shares,
    storages,
  ])) {
    list.sort(byName);
  }
  result.apps.sort(byName);
  result.others.sort(byName);
  result.builds.sort((a, b) => (a.component < b.component ? -1 : 1));
  return result;
}

/** @returns whether anything of the solution changes */
export function isChanged(solution: SolutionChange): boolean {
  return [...solution.apps, ...solution.shares, ...solution.storages].some(
    ({ change }) => change !== "same",
  );
}

/** The solution whose component a resource stands in. */
export function solutionOf(resource: {
  type: string;
  name: string;
  parent: string;
}): string | undefined {
  if (resource.type === SOLUTION) return resource.name;
  return typeOf(resource.parent) === SOLUTION ? nameOf(resource.parent) : undefined;
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function plannedApps(plan: StackPlan): ReadonlyMap<string, AppPlan> {
  const apps = plan.cells.flatMap((cell) => [
    ...cell.sharedApps,
    ...cell.solutions.flatMap((solution) => solution.apps),
  ]);
  return new Map(apps.map((app) => [app.containerAppName, app]));
}

function appChange(
  { old, new: next, change, properties, name }: ResourceChange,
  planned: ReadonlyMap<string, AppPlan>,
): AppChange {
  const inputs = next ?? old ?? {};
  const plan = planned.get(String(inputs.containerAppName));
  return {
    name: plan?.app ?? tag(inputs, "slipway-app") ?? name,
    component: plan?.component ?? tag(inputs, "slipway-component") ?? UNKNOWN_VERSION,
    from: old === undefined ? null : running(old),
    to: next === undefined ? null : running(next),
    change,
    properties,
  };
}

function running(inputs: Inputs): Running {
  return {
    version: tag(inputs, "slipway-version") ?? UNKNOWN_VERSION,
    digest: imageDigest(inputs) ?? null,
  };
}

/** The digest that the first container runs, as far as it is known. */
function imageDigest(inputs: Inputs): string | undefined {
  const template = inputs.template as { containers?: { image?: unknown }[] } | undefined;
  const image = template?.containers?.[0]?.image;
  return typeof image === "string" ? /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1] : undefined;
}

function tag(inputs: Inputs, name: string): string | undefined {
  const value = (inputs.tags as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}

function named({ old, new: next, change, name }: ResourceChange, key: string): NamedChange {
  const value = (next ?? old)?.[key];
  return { name: typeof value === "string" ? value : name, change };
}

function buildChange(resource: ResourceChange): BuildChange {
  const [component = "", version = UNKNOWN_VERSION] = releaseOf(resource)?.split("@") ?? [];
  return { component, version, change: resource.change };
}

function entry(solutions: Map<string, SolutionChange>, id: string, stack: string): SolutionChange {
  const known = solutions.get(id);
  if (known !== undefined) return known;
  const created: SolutionChange = { id, stack, apps: [], shares: [], storages: [] };
  solutions.set(id, created);
  return created;
}
