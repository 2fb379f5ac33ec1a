import { appName, azureNames } from "../naming/index.ts";
import type { App } from "../registry/index.ts";
import { type ChosenRelease, type PlanContext, releaseId } from "./plan-context.ts";
import type { AppPlan, EnvPlan, StoragePlan } from "./plan-types.ts";
import type { Solution } from "./types.ts";

/** Storage of a managed environment that a mount goes through (D-13). */
export type StorageKey = StoragePlan["key"];

/** The apps of one active solution. */
export function solutionAppPlans(context: PlanContext, solution: Solution): AppPlan[] {
  const names = azureNames(solution.id);
  return appsOf(context, "solution").flatMap((app) => {
    const release = context.releases.choose(app.component.name, solution);
    if (release === undefined) return [];
    const clonePath = app.mounts.find((mount) => storageKey(mount) === "customer_rw")?.path;
    const repository = app.clonesCustomerRepository ? solution.customerRepository : undefined;
    return [
      {
        ...common(context, app, release, solution),
        containerAppName: appName(app.name, names.hash),
        mounts: app.mounts.map((mount) => ({
          ...mount,
          storageName: names.storages[storageKey(mount)],
        })),
        ...(repository !== undefined &&
          clonePath !== undefined && { clone: { repository, path: clonePath } }),
      },
    ];
  });
}

/** The apps that all solutions of a stack share (S-12). */
export function sharedAppPlans(context: PlanContext): AppPlan[] {
  return appsOf(context, "shared").flatMap((app) => {
    const release = context.releases.choose(app.component.name);
    if (release === undefined) return [];
    return [
      {
        ...common(context, app, release),
        containerAppName: context.names.sharedApp(app.name),
        mounts: [],
      },
    ];
  });
}

/** The storage that a mount goes through. */
export function storageKey(mount: { share: string; access: string }): StorageKey {
  if (mount.share === "internal") return "internal_rw";
  return mount.access === "read_write" ? "customer_rw" : "customer_ro";
}

/** Tags that say whose a resource is and who declared it. Azure allows values of 256 characters. */
export function ownerTags(
  { stack }: Pick<PlanContext, "stack">,
  solution?: Solution,
): Record<string, string> {
  return {
    "slipway-project": stack.project,
    "slipway-stack": stack.stack,
    "slipway-environment": stack.environment,
    ...(solution && { "slipway-solution": solution.id, "slipway-name": solution.name }),
  };
}

function appsOf({ checkout }: PlanContext, scope: App["scope"]): App[] {
  return [...checkout.registry.catalogue.apps.values()].filter((app) => app.scope === scope);
}

function common(
  context: PlanContext,
  app: App,
  release: ChosenRelease,
  solution?: Solution,
): Omit<AppPlan, "containerAppName" | "mounts"> {
  const { record, image } = release;
  return {
    app: app.name,
    component: record.component,
    version: record.version,
    release: releaseId(record),
    image,
    ingress: app.ingress,
    resources: app.resources,
    scale: app.scale,
    env: environmentVariables(context, app, release, solution),
    tags: {
      ...ownerTags(context, solution),
      "slipway-app": app.name,
      "slipway-component": record.component,
      "slipway-version": record.version,
      "slipway-release": releaseId(record),
    },
  };
}

/**
 * An app's variables, by name: the catalogue's, over them the solution's, over them what the program
 * says of the release. The digest is not among them: it may be an output of a run.
 */
function environmentVariables(
  context: PlanContext,
  app: App,
  { record }: ChosenRelease,
  solution?: Solution,
): EnvPlan[] {
  const variables = new Map<string, EnvPlan>();
  const set = (name: string, value: string) => variables.set(name, { name, value });
  for (const [name, value] of Object.entries(app.env)) {
    variables.set(
      name,
      "value" in value
        ? { name, value: value.value }
        : { name, urlOf: target(context, value.urlOf, solution) },
    );
  }
  for (const [name, value] of Object.entries(solution?.env ?? {})) set(name, value);
  if (solution !== undefined) set("SLIPWAY_SOLUTION", solution.id);
  set("SLIPWAY_APP", app.name);
  set("SLIPWAY_COMPONENT", record.component);
  set("SLIPWAY_VERSION", record.version);
  set("SLIPWAY_RELEASE", releaseId(record));
  set("SLIPWAY_ENVIRONMENT", context.stack.environment);
  set("SLIPWAY_COMMIT", record.source.commit);
  return [...variables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function target({ checkout, names }: PlanContext, name: string, solution?: Solution) {
  const app = checkout.registry.catalogue.apps.get(name);
  const own = app?.scope === "solution" && solution !== undefined;
  return {
    app: name,
    containerAppName: own ? appName(name, azureNames(solution.id).hash) : names.sharedApp(name),
    external: app?.ingress.external === true,
  };
}
