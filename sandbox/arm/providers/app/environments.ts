import { bodyOf } from "../../core/body.ts";
import { badRequest, conflict } from "../../core/errors.ts";
import { type JsonObject, listAt, objectAt, omit, stringAt } from "../../core/json.ts";
import { accepted, pollHeaders } from "../../core/polling.ts";
import { allOf, envelope, normalLocation, recordOf, systemData } from "../../core/records.ts";
import type { ResourceType, Services, WriteContext } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { hashOf } from "../../core/vault.ts";
import { assignedIdentity, identitySchema } from "../managedIdentity/assigned.ts";
import { nameCheck } from "../names.ts";
import { appsIn } from "./usage.ts";
import { APP_API_VERSIONS } from "./versions.ts";

export const ENVIRONMENT_TYPE = "Microsoft.App/managedEnvironments";

const PUT = `${ENVIRONMENT_TYPE}/put`;
const DELETE = `${ENVIRONMENT_TYPE}/delete`;
const OUTPUTS = [
  "provisioningState",
  "deploymentErrors",
  "defaultDomain",
  "staticIp",
  "eventStreamEndpoint",
];

/** https://learn.microsoft.com/rest/api/containerapps/managed-environments */
export const managedEnvironments: ResourceType = {
  type: ENVIRONMENT_TYPE,
  apiVersions: APP_API_VERSIONS,
  tracked: true,
  checkName: nameCheck({
    pattern: /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/,
    min: 2,
    max: 60,
    code: "ManagedEnvironmentInvalidName",
    message: (name) =>
      `Invalid ManagedEnvironment name '${name}': 2 to 60 letters, digits and '-', which is not the first or last.`,
  }),
  checkBody: bodyOf({
    type: "object",
    properties: {
      identity: identitySchema,
      properties: {
        type: "object",
        properties: {
          appLogsConfiguration: {
            type: ["object", "null"],
            properties: {
              destination: { type: ["string", "null"] },
              logAnalyticsConfiguration: { type: ["object", "null"] },
            },
          },
          workloadProfiles: {
            type: ["array", "null"],
            items: {
              type: "object",
              required: ["name", "workloadProfileType"],
              properties: { name: { type: "string" }, workloadProfileType: { type: "string" } },
            },
          },
        },
      },
    },
  }),
  put(context) {
    const { existing, services, apiVersion, id, body } = context;
    if (existing === undefined) checkCounts(context);
    const given = omit(objectAt(body, "properties"), OUTPUTS);
    const logs = logsOf(given, context);
    const record = recordOf(context, ENVIRONMENT_TYPE, {
      properties: {
        ...given,
        ...logs.shown,
        ...facts(id.key, stringAt(body, "location") ?? existing?.location ?? ""),
        provisioningState: "InProgress",
      },
      sealed: logs.sealed,
    });
    const identity = assignedIdentity(body, record.id, services);
    if (identity !== undefined) record.identity = identity;
    const operation = services.operations.start(PUT, record, apiVersion);
    const patched = context.method === "PATCH";
    return {
      status: patched ? 202 : 201,
      body: services.view(record),
      headers: pollHeaders(services, operation, patched ? "result" : "status"),
      operation: operation.id,
    };
  },
  patch: (context) => managedEnvironments.put?.(context) ?? { status: 405 },
  remove({ existing, services, apiVersion }) {
    const apps = appsIn(services, existing.id);
    if (apps.length > 0) {
      throw conflict(
        "ManagedEnvironmentHasContainerApps",
        `The specified environment ${existing.name} cannot be deleted because it still contains ${apps.length} ContainerApps.`,
      );
    }
    const marked = withState(existing, "ScheduledForDelete");
    return accepted(services, services.operations.start(DELETE, marked, apiVersion));
  },
  busy: (record) =>
    conflict(
      "ManagedEnvironmentOperationInProgress",
      `Cannot modify the managed environment '${record.name}' because another operation on it is in progress.`,
    ),
  view: (record) => ({ ...envelope(record), systemData: systemData(record) }),
};

/** Ends of the operations on environments. */
export function defineEnvironmentOperations({ operations, store, removeTree }: Services): void {
  operations.define(PUT, async (operation) => () => {
    const record = store.get(operation.resourceId);
    if (record !== undefined) store.put(withState(record, "Succeeded"));
  });
  operations.define(DELETE, async (operation) => () => {
    const record = store.get(operation.resourceId);
    if (record !== undefined) removeTree(record);
  });
}

function withState(record: ResourceRecord, provisioningState: string): ResourceRecord {
  return { ...record, properties: { ...record.properties, provisioningState } };
}

function checkCounts({ services, body }: WriteContext): void {
  const { environmentsPerRegion, environmentsPerSubscription } = services.settings().limits;
  const all = allOf(services, ENVIRONMENT_TYPE);
  const location = normalLocation(stringAt(body, "location") ?? "");
  const inRegion = all.filter((other) => other.location === location).length;
  if (inRegion >= environmentsPerRegion) {
    throw badRequest(
      "MaxNumberOfRegionalEnvironmentsInSubExceeded",
      `The subscription cannot have more than ${environmentsPerRegion} Container App Environments in ${location}.`,
    );
  }
  if (all.length >= environmentsPerSubscription) {
    throw badRequest(
      "MaxNumberOfGlobalEnvironmentsInSubExceeded",
      `The subscription cannot have more than ${environmentsPerSubscription} Container App Environments.`,
    );
  }
}

/** https://github.com/microsoft/azure-container-apps/issues/990: the key is required, and never answered. */
function logsOf(
  given: JsonObject,
  { existing }: WriteContext & { services: Services },
): { shown: JsonObject; sealed: Record<string, string> } {
  const logs = objectAt(given, "appLogsConfiguration");
  const destination = stringAt(logs, "destination");
  if (destination !== "log-analytics") return { shown: {}, sealed: {} };
  const analytics = objectAt(logs, "logAnalyticsConfiguration");
  const customerId = stringAt(analytics, "customerId");
  const before = objectAt(
    objectAt(existing?.properties, "appLogsConfiguration"),
    "logAnalyticsConfiguration",
  );
  const keyKept = existing !== undefined && stringAt(before, "customerId") === customerId;
  if (customerId === undefined || (stringAt(analytics, "sharedKey") === undefined && !keyKept)) {
    throw badRequest(
      "InvalidRequestParameterWithDetails",
      `LogAnalyticsConfiguration is invalid. Must provide a valid LogAnalyticsConfiguration: ${customerId === undefined ? "customerId" : "sharedKey"} is required.`,
      "properties.appLogsConfiguration.logAnalyticsConfiguration",
    );
  }
  const shown = { ...logs, logAnalyticsConfiguration: omit(analytics, ["sharedKey"]) };
  return { shown: { appLogsConfiguration: shown }, sealed: {} };
}

/** Domain and address, derived from the id so that they are the same on every machine. */
function facts(idKey: string, location: string): JsonObject {
  const hash = hashOf("environment", idKey);
  const octets = [0, 2, 4].map((at) => Number.parseInt(hash.slice(at, at + 2), 16));
  return {
    defaultDomain: `sandbox-${hash.slice(0, 8)}.${normalLocation(location)}.azurecontainerapps.io`,
    staticIp: ["20", ...octets].join("."),
  };
}

/** Whether an environment has a workload profile of that name; every one has `Consumption`. */
export function hasWorkloadProfile(environment: ResourceRecord, name: string): boolean {
  const profiles = listAt(environment.properties, "workloadProfiles");
  return name === "Consumption" || profiles.some((profile) => profile.name === name);
}
