import { ArmError, badRequest } from "../../core/errors.ts";
import { canonical, objectAt, omit, stringAt, toJson } from "../../core/json.ts";
import { envelope } from "../../core/records.ts";
import type { ActionContext, ArmReply, ResourceType, Services } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { hashOf } from "../../core/vault.ts";
import type { Ingress, Template } from "./appTypes.ts";
import { ALL_TO_LATEST, weightOf } from "./traffic.ts";
import { APP_TYPE } from "./usage.ts";
import { APP_API_VERSIONS } from "./versions.ts";

const TYPE = `${APP_TYPE}/revisions`;
const MAX_NAME = 54;
const SUFFIX = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DEFAULT_MAX_INACTIVE = 100;

/** https://learn.microsoft.com/rest/api/containerapps/container-apps-revisions */
export const containerAppRevisions: ResourceType = {
  type: TYPE,
  apiVersions: APP_API_VERSIONS,
  tracked: false,
  checkName: () => undefined,
  notFound: (id) =>
    new ArmError(404, "RevisionNotFound", `The revision '${id.name}' was not found.`),
  actions: {
    activate: { method: "POST", write: true, run: (context) => setActive(context, true) },
    deactivate: { method: "POST", write: true, run: (context) => setActive(context, false) },
    restart: { method: "POST", write: true, run: restart },
  },
  view(record, services) {
    const app = appOf(record, services);
    const traffic = trafficOf(app);
    const latestReady = stringAt(app?.properties, "latestReadyRevisionName");
    return {
      ...envelope(record),
      properties: {
        ...record.properties,
        trafficWeight: weightOf(record.name, latestReady, traffic),
      },
    };
  },
};

/** Name of the revision that a template makes, or undefined when it makes none. @throws ArmError 400 */
export function nextRevisionName(
  appName: string,
  appId: string,
  template: Template,
  existing: ResourceRecord | undefined,
): string | undefined {
  const before = objectAt(existing?.properties, "template");
  const suffix = template.revisionSuffix || undefined;
  const suffixBefore = stringAt(before, "revisionSuffix") || undefined;
  const changed =
    existing === undefined ||
    canonical(omit(toJson(template), ["revisionSuffix"])) !==
      canonical(omit(before, ["revisionSuffix"])) ||
    (suffix !== undefined && suffix !== suffixBefore);
  if (!changed) return undefined;
  const used = usedSuffixes(existing);
  if (suffix !== undefined && used.includes(suffix))
    throw suffixError(suffix, `Revision with suffix ${suffix} already exists.`);
  if (suffix !== undefined && !SUFFIX.test(suffix)) {
    throw suffixError(
      suffix,
      "a suffix has lowercase letters, digits and '-', begins with a letter and ends with a letter or digit",
    );
  }
  const name = `${appName}--${suffix ?? hashOf("revision", appId.toLowerCase(), String(used.length)).slice(0, 7)}`;
  if (name.length > MAX_NAME)
    throw suffixError(suffix ?? "", `the revision name '${name}' is longer than ${MAX_NAME}`);
  return name;
}

/** Suffixes that the app had in its life, in order; https://github.com/microsoft/azure-container-apps/issues/650 */
export function usedSuffixes(app: ResourceRecord | undefined): string[] {
  const used = app?.state.suffixes;
  return Array.isArray(used) ? used.filter((suffix) => typeof suffix === "string") : [];
}

/** A revision that has just been made and is not yet ready. */
export function newRevision(app: ResourceRecord, name: string, domain: string): ResourceRecord {
  const now = new Date().toISOString();
  const ingress = app.properties.configuration;
  const hasIngress =
    Object.keys(objectAt(objectAt({ ingress: ingress ?? null }, "ingress"), "ingress")).length > 0;
  return {
    id: `${app.id}/revisions/${name}`,
    type: TYPE,
    name,
    properties: {
      createdTime: now,
      ...(hasIngress ? { fqdn: `${name}.${domain}` } : {}),
      template: objectAt(app.properties, "template"),
      active: true,
      replicas: 1,
      healthState: "None",
      provisioningState: "Provisioning",
      runningState: "Processing",
    },
    sealed: {},
    state: {},
    createdAt: now,
    changedAt: now,
  };
}

export function revisionsOf(services: Services, app: ResourceRecord): ResourceRecord[] {
  return services.store
    .under(`${app.id}/revisions/`)
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

export function withActivity(revision: ResourceRecord, active: boolean): ResourceRecord {
  const least = objectAt(objectAt(revision.properties, "template"), "scale").minReplicas;
  const replicas = active && typeof least === "number" ? least : 0;
  return {
    ...revision,
    properties: {
      ...revision.properties,
      active,
      replicas,
      runningState: active ? (replicas > 0 ? "Running" : "ScaledToZero") : "Stopped",
      ...(active ? { lastActiveTime: new Date().toISOString() } : {}),
    },
  };
}

/** Drops the oldest inactive revisions beyond what the app keeps. */
export function pruneInactive(services: Services, app: ResourceRecord): void {
  const given = objectAt(app.properties, "configuration").maxInactiveRevisions;
  const keep = typeof given === "number" ? given : DEFAULT_MAX_INACTIVE;
  const inactive = revisionsOf(services, app).filter((r) => r.properties.active !== true);
  for (const revision of inactive.slice(0, Math.max(0, inactive.length - keep))) {
    services.store.remove(revision.id);
  }
}

export function trafficOf(app: ResourceRecord | undefined): NonNullable<Ingress["traffic"]> {
  const ingress = objectAt(
    objectAt(app?.properties, "configuration"),
    "ingress",
  ) as unknown as Ingress;
  return ingress.traffic ?? ALL_TO_LATEST;
}

function setActive({ record, services }: ActionContext, active: boolean): ArmReply {
  const app = appOf(record, services);
  if (
    !active &&
    weightOf(record.name, stringAt(app?.properties, "latestReadyRevisionName"), trafficOf(app)) > 0
  ) {
    throw badRequest(
      "RevisionHasTraffic",
      `The revision '${record.name}' gets traffic and cannot be deactivated.`,
    );
  }
  services.store.put(withActivity(record, active));
  if (app !== undefined) pruneInactive(services, app);
  return { status: 200 };
}

function restart({ record, services }: ActionContext): ArmReply {
  const restarts = Number(record.state.restarts ?? 0) + 1;
  services.store.put({ ...record, state: { ...record.state, restarts } });
  return { status: 200 };
}

function appOf(revision: ResourceRecord, services: Services): ResourceRecord | undefined {
  return services.store.get(revision.id.split("/").slice(0, -2).join("/"));
}

function suffixError(suffix: string, why: string): ArmError {
  return badRequest(
    "InvalidParameterValueInContainerTemplate",
    `The following field(s) are either invalid or missing. Field 'template.revisionSuffix' is invalid with details: 'Invalid value: "${suffix}": ${why}'.`,
    "template.revisionSuffix",
  );
}
