import { ArmError } from "../../core/errors.ts";
import { objectAt, stringAt } from "../../core/json.ts";
import type { Services } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { startProblem } from "./provisioning.ts";
import { pruneInactive, revisionsOf, withActivity } from "./revisions.ts";
import { APP_TYPE } from "./usage.ts";

export const APP_OPERATIONS = { put: `${APP_TYPE}/put`, delete: `${APP_TYPE}/delete` };

/** Ends of the operations on apps: a revision that starts, or one that fails. */
export function defineAppOperations(services: Services): void {
  const { operations, store, removeTree } = services;
  operations.define(APP_OPERATIONS.put, async (operation) => {
    const app = store.get(operation.resourceId);
    const problem = app === undefined ? undefined : await revisionProblem(services, app);
    return (failed) => {
      const current = store.get(operation.resourceId);
      if (current === undefined) return;
      if (failed !== undefined) settleFailed(services, current, failed);
      else if (problem !== undefined) throw problem;
      else settleReady(services, current);
    };
  });
  operations.define(APP_OPERATIONS.delete, async (operation) => () => {
    const app = store.get(operation.resourceId);
    if (app !== undefined) removeTree(app);
  });
}

/** A revision that is up stays up: only one that has yet to start pulls and mounts. */
async function revisionProblem(
  services: Services,
  app: ResourceRecord,
): Promise<ArmError | undefined> {
  const latest = latestOf(services, app);
  if (latest?.properties.provisioningState === "Provisioned") return undefined;
  return startProblem(services, app).catch(
    (error: unknown) =>
      new ArmError(
        500,
        "InternalServerError",
        `The image registry did not answer: ${error instanceof Error ? error.message : String(error)}`,
      ),
  );
}

function settleReady(services: Services, app: ResourceRecord): void {
  const { store } = services;
  const latest = latestOf(services, app);
  if (latest === undefined) return;
  const provisioned = latest.properties.provisioningState === "Provisioned";
  const ready = provisioned ? latest : withActivity(latest, true);
  store.put({
    ...ready,
    properties: { ...ready.properties, provisioningState: "Provisioned", healthState: "Healthy" },
  });
  const mode = objectAt(app.properties, "configuration").activeRevisionsMode;
  if (mode === "Single") {
    for (const older of revisionsOf(services, app)) {
      const active = older.properties.active === true;
      if (older.name !== latest.name && active) store.put(withActivity(older, false));
    }
  }
  store.put({
    ...app,
    properties: {
      ...app.properties,
      provisioningState: "Succeeded",
      latestReadyRevisionName: latest.name,
    },
  });
  pruneInactive(services, app);
}

function settleFailed(services: Services, app: ResourceRecord, failure: ArmError): void {
  const { store } = services;
  const latest = latestOf(services, app);
  if (latest !== undefined) {
    store.put({
      ...latest,
      properties: {
        ...latest.properties,
        provisioningState: "Failed",
        healthState: "Unhealthy",
        runningState: "Failed",
        replicas: 0,
        provisioningError: failure.message,
      },
    });
  }
  store.put({ ...app, properties: { ...app.properties, provisioningState: "Failed" } });
}

function latestOf(services: Services, app: ResourceRecord): ResourceRecord | undefined {
  const name = stringAt(app.properties, "latestRevisionName") ?? "";
  return services.store.get(`${app.id}/revisions/${name}`);
}
