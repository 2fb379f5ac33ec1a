import { randomBytes } from "node:crypto";
import { bodyOf } from "../../core/body.ts";
import { badRequest, conflict } from "../../core/errors.ts";
import { objectAt, omit, stringAt } from "../../core/json.ts";
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
import { assignedIdentity, identitySchema } from "../managedIdentity/assigned.ts";
import { nameCheck } from "../names.ts";
import {
  loginServer,
  REGISTRY_API_VERSIONS,
  REGISTRY_TYPE,
  TASK_API_VERSIONS,
} from "./registryFacts.ts";
import type { RunQueue } from "./runQueue.ts";
import { scheduleRun } from "./scheduleRun.ts";

const PUT = `${REGISTRY_TYPE}/put`;
const DELETE = `${REGISTRY_TYPE}/delete`;
const OUTPUTS = [
  "loginServer",
  "provisioningState",
  "creationDate",
  "status",
  "privateEndpointConnections",
];

/** https://learn.microsoft.com/rest/api/containerregistry/registries */
export function registries(queue: RunQueue): ResourceType {
  return {
    type: REGISTRY_TYPE,
    apiVersions: [...REGISTRY_API_VERSIONS, ...TASK_API_VERSIONS],
    tracked: true,
    checkName: nameCheck({
      pattern: /^[A-Za-z0-9]+$/,
      min: 5,
      max: 50,
      code: "RegistryNameInvalid",
      message: (name) => `The registry name '${name}' is invalid: 5 to 50 letters and digits.`,
    }),
    checkBody: bodyOf({
      type: "object",
      required: ["sku"],
      properties: {
        identity: identitySchema,
        sku: {
          type: "object",
          required: ["name"],
          properties: { name: { enum: ["Classic", "Basic", "Standard", "Premium"] } },
        },
        properties: { type: "object", properties: { adminUserEnabled: { type: "boolean" } } },
      },
    }),
    put,
    patch: put,
    remove({ existing, services, apiVersion }) {
      return accepted(services, services.operations.start(DELETE, existing, apiVersion));
    },
    onRemoved: (record, services) =>
      services.store.setNameOwner("registries", record.name, undefined),
    actions: {
      listcredentials: { method: "POST", write: false, run: listCredentials },
      listusages: {
        method: "GET",
        write: false,
        run: () => ({ status: 200, body: { value: [] } }),
      },
      schedulerun: { method: "POST", write: true, run: (context) => scheduleRun(context, queue) },
    },
    view: (record) => ({ ...envelope(record), systemData: systemData(record) }),
  };
}

function put(context: WriteContext): ArmReply {
  const { existing, services, id, body, apiVersion } = context;
  if (existing === undefined && services.store.nameOwner("registries", id.name) !== undefined) {
    throw conflict(
      "AlreadyInUse",
      `The registry DNS name ${loginServer(id.name)} is already in use.`,
    );
  }
  const given = omit(objectAt(body, "properties"), OUTPUTS);
  const record = recordOf(context, REGISTRY_TYPE, {
    properties: {
      adminUserEnabled: false,
      anonymousPullEnabled: false,
      dataEndpointEnabled: false,
      publicNetworkAccess: "Enabled",
      zoneRedundancy: "Disabled",
      ...given,
      loginServer: loginServer(id.name),
      creationDate: existing?.createdAt ?? new Date().toISOString(),
      provisioningState: existing === undefined ? "Creating" : "Updating",
    },
    sealed: existing?.sealed ?? newPasswords(services),
  });
  record.sku = { ...record.sku, tier: stringAt(record.sku, "name") ?? "" };
  const identity = assignedIdentity(body, record.id, services);
  if (identity !== undefined) record.identity = identity;
  services.store.setNameOwner("registries", id.name, record.id);
  const operation = services.operations.start(PUT, record, apiVersion);
  return {
    status: context.method === "PATCH" ? 202 : 201,
    body: services.view(record),
    headers: pollHeaders(services, operation, "status"),
    operation: operation.id,
  };
}

/** Ends of the operations on registries. */
export function defineRegistryOperations({ operations, store, removeTree }: Services): void {
  operations.define(PUT, async (operation) => () => {
    const record = store.get(operation.resourceId);
    if (record === undefined) return;
    store.put({ ...record, properties: { ...record.properties, provisioningState: "Succeeded" } });
  });
  operations.define(DELETE, async (operation) => () => {
    const record = store.get(operation.resourceId);
    if (record !== undefined) removeTree(record);
  });
}

function newPasswords(services: Services): ResourceRecord["sealed"] {
  const password = () => services.vault.seal(randomBytes(24).toString("base64"));
  return { password: password(), password2: password() };
}

function listCredentials({ record, services }: ActionContext): ArmReply {
  if (record.properties.adminUserEnabled !== true) {
    throw badRequest(
      "UnAuthorizedForCredentialOperations",
      `Cannot perform credential operations for ${record.id} as admin user is disabled. Kindly enable admin user as per docs: https://docs.microsoft.com/en-us/azure/container-registry/container-registry-authentication#admin-account`,
    );
  }
  const passwords = ["password", "password2"].map((name) => ({
    name,
    value: services.vault.open(record.sealed[name] ?? ""),
  }));
  return { status: 200, body: { username: record.name, passwords } };
}
