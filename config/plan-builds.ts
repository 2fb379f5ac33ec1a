import {
  type Component,
  compareVersions,
  isStable,
  type ReleaseRecord,
} from "../registry/index.ts";
import { loginServer, type PlanContext, releaseId } from "./plan-context.ts";
import type { BuildPlan, ComponentBuildPlan } from "./plan-types.ts";
import { versionsNamed } from "./pointers.ts";

/** Newest releases of a component whose runs stay declared, beside those pointed at (S-2). */
const WINDOW = 20;

/**
 * Names the release (`<component>@<version>`) whose build is all that one run of the program declares,
 * for an update that keeps to it. No input of any resource.
 */
export const RELEASE_VARIABLE = "SLIPWAY_RELEASE";

/**
 * The builds that a stack declares: none unless it owns the registry; of each container component
 * the newest releases and all that any environment points at; or the one that is being released,
 * whatever its age.
 */
export function buildPlans(context: PlanContext): ComponentBuildPlan[] {
  const { checkout, stack, releasing } = context;
  if (!stack.registry.owned) return [];
  const server = loginServer(stack.registry);
  return [...checkout.registry.catalogue.components.values()].flatMap((component) => {
    if (component.kind !== "container") return [];
    const records = checkout.registry.records.get(component.name) ?? [];
    const pointed = new Set(
      [...checkout.environments.values()].flatMap((environment) =>
        versionsNamed(environment, component.name),
      ),
    );
    // What was yanked is not built, unless something runs it still.
    const buildable = records.filter(
      (record) =>
        isBuiltBy(server, record) && (record.yanked === undefined || pointed.has(record.version)),
    );
    const declared = buildable.filter((record, index) =>
      releasing === undefined
        ? index < WINDOW || pointed.has(record.version)
        : releaseId(record) === releasing,
    );
    if (declared.length === 0) return [];
    const latest = newestStable(component, buildable);
    return [
      {
        component: component.name,
        image: component.image,
        dockerfile: component.dockerfile,
        platforms: component.platforms,
        buildArgs: component.buildArgs,
        repository: component.repository.key,
        runs: declared.map((record) => buildPlanOf(component, record, record === latest)),
      },
    ];
  });
}

/** Pending, or recorded in this very registry; one of another registry is never built here (S-2). */
function isBuiltBy(server: string, record: ReleaseRecord): boolean {
  if (record.target !== "container") return false;
  if (record.status === "pending") return true;
  return record.status === "recorded" && record.artifact?.registry === server;
}

function newestStable(
  { scheme }: Component,
  records: readonly ReleaseRecord[],
): ReleaseRecord | undefined {
  return records
    .filter(({ version, yanked }) => isStable(scheme, version) && yanked === undefined)
    .sort((a, b) => compareVersions(scheme, b.version, a.version))[0];
}

/** @param latest whether it is the newest stable version */
export function buildPlanOf(
  component: Component,
  record: ReleaseRecord,
  latest: boolean,
): BuildPlan {
  const { url } = component.repository;
  const { commit, path = component.path } = record.source;
  return {
    release: releaseId(record),
    component: record.component,
    version: record.version,
    commit,
    // The root needs no folder behind the commit.
    context: path === "." ? `${url}#${commit}` : `${url}#${commit}:${path}`,
    source: url,
    created: `${record.releasedAt}T00:00:00Z`,
    latest,
    ...(record.artifact?.digest !== undefined && { expectedDigest: record.artifact.digest }),
  };
}
