import { bodyOf } from "../../core/body.ts";
import { badRequest, conflict } from "../../core/errors.ts";
import {
  canonical,
  type JsonObject,
  listAt,
  objectAt,
  omit,
  stringAt,
  toJson,
} from "../../core/json.ts";
import { accepted, pollHeaders } from "../../core/polling.ts";
import { envelope, recordOf, systemData } from "../../core/records.ts";
import type {
  ActionContext,
  ArmReply,
  ResourceType,
  Services,
  WriteContext,
} from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { hashOf } from "../../core/vault.ts";
import { assignedIdentity, identitySchema } from "../managedIdentity/assigned.ts";
import { nameCheck } from "../names.ts";
import { APP_OPERATIONS } from "./appOperations.ts";
import { checkApp, resourcesOf } from "./appRules.ts";
import { appSchema, type Configuration, type Secret, type Template } from "./appTypes.ts";
import { ENVIRONMENT_TYPE } from "./environments.ts";
import { newRevision, nextRevisionName, revisionsOf, usedSuffixes } from "./revisions.ts";
import { ALL_TO_LATEST, checkTraffic } from "./traffic.ts";
import { APP_TYPE } from "./usage.ts";
import { APP_API_VERSIONS } from "./versions.ts";

const DEFAULT_MAX_REPLICAS = 10;

/** https://learn.microsoft.com/rest/api/containerapps/container-apps */
export const containerApps: ResourceType = {
  type: APP_TYPE,
  apiVersions: APP_API_VERSIONS,
  tracked: true,
  checkName: nameCheck({
    pattern: /^[a-z]([a-z0-9]|-(?!-))*[a-z0-9]$/,
    min: 2,
    max: 32,
    code: "ContainerAppInvalidName",
    message: (name) =>
      `Invalid ContainerApp name '${name}'. A name must consist of lower case alphanumeric characters or '-', start with a letter, end with an alphanumeric character, cannot have '--', and must be 2 to 32 long.`,
  }),
  checkBody: bodyOf({
    ...appSchema,
    properties: { ...appSchema.properties, identity: identitySchema },
  }),
  put,
  patch: put,
  remove({ existing, services, apiVersion }) {
    const marked = {
      ...existing,
      properties: { ...existing.properties, provisioningState: "Deleting" },
    };
    return accepted(services, services.operations.start(APP_OPERATIONS.delete, marked, apiVersion));
  },
  busy: (record) =>
    conflict(
      "ContainerAppLockConflict",
      `Cannot modify the container app '${record.name}' because another operation on it is in progress.`,
    ),
  actions: { listsecrets: { method: "POST", write: false, run: listSecrets } },
  view: (record) => ({ ...envelope(record), systemData: systemData(record) }),
};

function put(context: WriteContext): ArmReply {
  const { existing, services, apiVersion, body, id } = context;
  const given = objectAt(body, "properties");
  const environment = environmentOf(given, context);
  const profile =
    stringAt(given, "workloadProfileName") ?? stringAt(existing?.properties, "workloadProfileName");
  const template = normalTemplate(templateOf(context));
  const configuration = withKeptSecrets(
    objectAt(given, "configuration") as unknown as Configuration,
    context,
  );
  const record = recordOf(context, APP_TYPE, { properties: {} });
  const identity = assignedIdentity(body, record.id, services);
  if (identity !== undefined) record.identity = identity;
  const identities = Object.keys(objectAt(identity, "userAssignedIdentities"));
  const input = {
    appName: id.name,
    environment,
    workloadProfileName: profile,
    identity: identities.map((user) => user.toLowerCase()),
    template,
    configuration,
  };
  checkApp(input, services, existing);
  const created = nextRevisionName(record.name, record.id, template, existing);
  checkTraffic(
    configuration,
    existing === undefined ? [] : revisionsOf(services, existing),
    created,
  );

  const domain = stringAt(environment.properties, "defaultDomain") ?? "";
  const latest = created ?? stringAt(existing?.properties, "latestRevisionName") ?? "";
  record.properties = {
    ...(profile === undefined ? {} : { workloadProfileName: profile }),
    managedEnvironmentId: environment.id,
    environmentId: environment.id,
    configuration: shownConfiguration(configuration, fqdn(record.name, configuration, domain)),
    template: toJson(template),
    customDomainVerificationId: hashOf("domain", environment.id.toLowerCase()).toUpperCase(),
    outboundIpAddresses: [stringAt(environment.properties, "staticIp") ?? ""],
    latestRevisionName: latest,
    ...(existing?.properties.latestReadyRevisionName === undefined
      ? {}
      : { latestReadyRevisionName: existing.properties.latestReadyRevisionName }),
    ...(configuration.ingress ? { latestRevisionFqdn: fqdn(latest, configuration, domain) } : {}),
    runningStatus: "Running",
    provisioningState: "InProgress",
  };
  record.sealed = sealedSecrets(configuration.secrets ?? [], services);
  if (existing !== undefined && isUnchanged(existing, record, services)) {
    return { status: 200, body: services.view(existing) };
  }
  if (created !== undefined) {
    const suffix = created.slice(record.name.length + 2);
    record.state = { ...record.state, suffixes: [...usedSuffixes(existing), suffix] };
    services.store.put(newRevision(record, created, domain));
  }
  const operation = services.operations.start(APP_OPERATIONS.put, record, apiVersion);
  const patched = context.method === "PATCH";
  return {
    status: patched ? 202 : 201,
    body: services.view(record),
    headers: pollHeaders(services, operation, patched ? "result" : "status"),
    operation: operation.id,
  };
}

/** A suffix is used once, so a patch of the template that sends none asks for a new one. */
function templateOf({ body, given, method }: WriteContext): Template {
  const template = objectAt(objectAt(body, "properties"), "template");
  const sent = objectAt(objectAt(given, "properties"), "template");
  const keeps = method === "PATCH" && Object.keys(sent).length > 0 && !("revisionSuffix" in sent);
  return (keeps ? omit(template, ["revisionSuffix"]) : template) as unknown as Template;
}

/** Whether a put says what is there already, in an app that is well: then nothing is started. */
function isUnchanged(before: ResourceRecord, after: ResourceRecord, services: Services): boolean {
  if (before.properties.provisioningState !== "Succeeded") return false;
  const secrets = (record: ResourceRecord): JsonObject =>
    Object.fromEntries(
      Object.entries(record.sealed).map(([name, sealed]) => [name, services.vault.open(sealed)]),
    );
  const content = (record: ResourceRecord): string =>
    canonical({
      tags: record.tags ?? {},
      identity: record.identity ?? {},
      properties: omit(record.properties, ["provisioningState"]),
      secrets: secrets(record),
    });
  return content(before) === content(after);
}

/** The environment is part of what an app is: another one replaces the app. */
function environmentOf(given: JsonObject, { existing, services }: WriteContext): ResourceRecord {
  const id = stringAt(given, "environmentId") ?? stringAt(given, "managedEnvironmentId");
  if (id === undefined) {
    throw badRequest(
      "ContainerAppMissingEnvironment",
      "managedEnvironmentId is required.",
      "properties.managedEnvironmentId",
    );
  }
  const before = stringAt(existing?.properties, "environmentId");
  if (before !== undefined && before.toLowerCase() !== id.toLowerCase()) {
    throw badRequest(
      "ContainerAppEnvironmentImmutable",
      `The managed environment of a container app cannot be changed from '${before}' to '${id}'.`,
      "properties.environmentId",
    );
  }
  const environment = services.store.get(id);
  if (environment?.type !== ENVIRONMENT_TYPE) {
    throw badRequest("ManagedEnvironmentNotFound", `The environment '${id}' was not found.`);
  }
  return environment;
}

/** A patch that does not touch the secrets keeps their values, which it cannot know. */
function withKeptSecrets(given: Configuration, context: WriteContext): Configuration {
  const { existing, method, services } = context;
  if (method !== "PATCH" || existing === undefined || !given.secrets) return given;
  const secrets = given.secrets.map((secret) => {
    const sealed = existing.sealed[secret.name];
    if (secret.value !== undefined || sealed === undefined) return secret;
    return { ...secret, value: services.vault.open(sealed) };
  });
  return { ...given, secrets };
}

function normalTemplate(template: Template): Template {
  const full = template.containers.map((container) => ({
    ...container,
    resources: { ...container.resources, ...resourcesOf(container) },
  }));
  return {
    ...template,
    revisionSuffix: template.revisionSuffix ?? "",
    containers: full,
    scale: { ...template.scale, maxReplicas: template.scale?.maxReplicas ?? DEFAULT_MAX_REPLICAS },
  };
}

function fqdn(name: string, { ingress }: Configuration, domain: string): string {
  return ingress?.external === true ? `${name}.${domain}` : `${name}.internal.${domain}`;
}

/** The configuration as it is answered: no secret's value, and the service's defaults. */
function shownConfiguration(configuration: Configuration, host: string): JsonObject {
  const { ingress, secrets } = configuration;
  return {
    ...toJson(configuration),
    activeRevisionsMode: configuration.activeRevisionsMode ?? "Single",
    ...(secrets ? { secrets: secrets.map((secret) => omit(toJson(secret), ["value"])) } : {}),
    ...(ingress
      ? {
          ingress: {
            external: false,
            transport: "Auto",
            allowInsecure: false,
            ...toJson(ingress),
            traffic: (ingress.traffic?.length ? ingress.traffic : ALL_TO_LATEST).map(toJson),
            fqdn: host,
          },
        }
      : {}),
  };
}

function sealedSecrets(secrets: Secret[], services: Services): Record<string, string> {
  const valued = secrets.filter((secret) => secret.value !== undefined);
  return Object.fromEntries(
    valued.map(({ name, value }) => [name, services.vault.seal(value ?? "")]),
  );
}

function listSecrets({ record, services }: ActionContext): ArmReply {
  const shown = listAt(objectAt(record.properties, "configuration"), "secrets");
  const value = shown.map((secret) => {
    const sealed = record.sealed[String(secret.name)];
    return sealed === undefined ? secret : { ...secret, value: services.vault.open(sealed) };
  });
  return { status: 200, body: { value } };
}
