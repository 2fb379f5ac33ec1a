/** The stack's outputs as they come from the engine, and the table of what runs where. */
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import type { AppPlan, StackPlan } from "../../config/plan-types.ts";
import type { ReleaseRegistry } from "../../registry/index.ts";
import type { BuildResult } from "./finish.ts";

/** One app at work. */
export interface Deployed {
  stack: string;
  /** Null: shared by all solutions of the stack. */
  solution: string | null;
  cell: string;
  /** Key in the catalogue. */
  app: string;
  component: string;
  version: string;
  commit: string;
  /** `sha256:<hex>` */
  digest: string;
  url: string;
}

/** What `components/` exports, as plain values. */
export interface StackResult {
  /** `<name>.azurecr.io` */
  server: string;
  builds: Readonly<Record<string, Partial<BuildResult>>>;
  /** By name in Azure. */
  apps: ReadonlyMap<string, AppResult>;
}

interface AppResult {
  url: string;
  version: string;
  digest: string;
  containerApp: string;
}

export function stackResult(outputs: OutputMap): StackResult {
  const solutions = (outputs.solutions?.value ?? {}) as Record<
    string,
    { apps?: Record<string, AppResult> }
  >;
  const shared = (outputs.apps?.value ?? {}) as Record<string, AppResult>;
  const apps = [
    ...Object.values(solutions).flatMap((solution) => Object.values(solution.apps ?? {})),
    ...Object.values(shared),
  ];
  return {
    server: String(outputs.registry?.value ?? ""),
    builds: (outputs.builds?.value ?? {}) as Record<string, Partial<BuildResult>>,
    apps: new Map(apps.map((app) => [app.containerApp, app])),
  };
}

/** Every app of the plan that the outputs know, solutions in the order of the plan, shared apps last. */
export function deployedApps(
  plan: StackPlan,
  { apps }: StackResult,
  registry: Pick<ReleaseRegistry, "records">,
): Deployed[] {
  const row = (app: AppPlan, cell: string, solution: string | null): Deployed[] => {
    const result = apps.get(app.containerAppName);
    if (result === undefined) return [];
    const record = registry.records
      .get(app.component)
      ?.find(({ version }) => version === result.version);
    return [
      {
        stack: plan.stack,
        solution,
        cell,
        app: app.app,
        component: app.component,
        version: result.version,
        commit: record?.source.commit ?? "",
        digest: result.digest,
        url: result.url,
      },
    ];
  };
  return [
    ...plan.cells.flatMap(({ config, solutions }) =>
      solutions.flatMap(({ id, apps: own }) => own.flatMap((app) => row(app, config.name, id))),
    ),
    ...plan.cells.flatMap(({ config, sharedApps }) =>
      sharedApps.flatMap((app) => row(app, config.name, null)),
    ),
  ];
}
