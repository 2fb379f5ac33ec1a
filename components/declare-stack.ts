import * as pulumi from "@pulumi/pulumi";
import type { EndpointMap } from "../builds/endpoints.ts";
import type { AppPlan, CellPlan, StackPlan } from "../config/plan-types.ts";
import { type AppSurroundings, appOutput } from "./app-inputs.ts";
import { Cell } from "./cell.ts";
import { ComponentBuild } from "./component-build.ts";
import { ImageRegistry, registryServer } from "./image-registry.ts";
import { SharedApps } from "./shared-apps.ts";
import { Solution } from "./solution.ts";
import { withoutVersionAliases } from "./transformations.ts";
import type {
  AppOutput,
  DeclaredBuilds,
  RegistryReference,
  SolutionOutput,
  StackOutputs,
  StackSecrets,
} from "./types.ts";

/** A cell of the plan, declared, and what its apps are declared with. */
interface DeclaredCell {
  plan: CellPlan;
  cell: Cell;
  around: AppSurroundings;
}

/**
 * Declares everything that a plan holds. Reads nothing but its arguments: no file, no configuration.
 *
 * @param endpoints for a builder that runs beside the program
 * @returns the stack's outputs
 * @throws SlipwayError where a build cannot be put into a task
 */
export function declareStack(
  plan: StackPlan,
  secrets: StackSecrets,
  endpoints: EndpointMap,
): StackOutputs {
  pulumi.runtime.registerStackTransformation(withoutVersionAliases);
  const { registry, builds } = declareBuilds(plan, secrets, endpoints);
  const cells = declareCells(plan, registry, builds);
  return {
    registry: registry.server,
    solutions: Object.assign({}, ...cells.map((cell) => declareSolutions(cell, secrets))),
    apps: Object.assign({}, ...cells.map(declareSharedApps)),
    builds: Object.fromEntries([...builds].map(([release, { output }]) => [release, output])),
  };
}

/** The registry with its builds, or a reference to the one of another stack (S-1). */
function declareBuilds(
  plan: StackPlan,
  secrets: StackSecrets,
  endpoints: EndpointMap,
): { registry: RegistryReference; builds: DeclaredBuilds } {
  if (!plan.registry.owned) {
    const { id, name } = plan.registry;
    return { registry: { id, server: registryServer(name) }, builds: new Map() };
  }
  const tags = { ...plan.ownerTags };
  const registry = new ImageRegistry("registry", { config: plan.registry, tags });
  const builds = plan.builds.map((build) => {
    const sourceToken = secrets.sourceTokens.get(build.repository);
    const { builder } = plan;
    const args = { plan: build, registry, builder, endpoints, tags, sourceToken };
    return [...new ComponentBuild(build.component, args).releases];
  });
  return { registry: registry.reference, builds: new Map(builds.flat()) };
}

/** All cells come before any app: an app may be told the URL of a shared one in another cell. */
function declareCells(
  { cells, subscriptionId, ownerTags }: StackPlan,
  registry: RegistryReference,
  builds: DeclaredBuilds,
): DeclaredCell[] {
  const domains = new Map<string, pulumi.Output<string>>();
  const domainOf = (containerAppName: string) => known(domains, containerAppName);
  return cells.map((plan) => {
    const { config, pullAssignment } = plan;
    const args = { config, subscriptionId, pullAssignment, registry, tags: { ...ownerTags } };
    const cell = new Cell(config.name, args);
    for (const { containerAppName } of appsOf(plan)) {
      domains.set(containerAppName, cell.reference.defaultDomain);
    }
    const around = { cell: cell.reference, registryServer: registry.server, builds, domainOf };
    return { plan, cell, around };
  });
}

function declareSolutions(
  { plan, cell, around }: DeclaredCell,
  secrets: StackSecrets,
): Record<string, SolutionOutput> {
  const outputs = plan.solutions.map((solution) => {
    const cloneToken = secrets.customerTokens.get(solution.id) ?? secrets.customerToken;
    const args = { plan: solution, around: { ...around, cloneToken } };
    new Solution(solution.id, args, { parent: cell });
    const apps = appOutputs(solution.apps, around);
    return [
      solution.id,
      { name: solution.name, cell: plan.config.name, state: solution.state, apps },
    ] as const;
  });
  return Object.fromEntries(outputs);
}

function declareSharedApps({ plan, cell, around }: DeclaredCell): Record<string, AppOutput> {
  if (plan.sharedApps.length === 0) return {};
  new SharedApps(plan.config.name, { apps: plan.sharedApps, around }, { parent: cell });
  return appOutputs(plan.sharedApps, around);
}

function appOutputs(apps: readonly AppPlan[], around: AppSurroundings): Record<string, AppOutput> {
  return Object.fromEntries(apps.map((app) => [app.app, appOutput(app, around)]));
}

function appsOf({ solutions, sharedApps }: CellPlan): AppPlan[] {
  return [...solutions.flatMap(({ apps }) => apps), ...sharedApps];
}

function known<T>(values: ReadonlyMap<string, T>, name: string): T {
  const value = values.get(name);
  if (value === undefined) throw new Error(`the plan names ${name} but does not declare it`);
  return value;
}
