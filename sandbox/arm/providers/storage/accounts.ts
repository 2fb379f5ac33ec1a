import { randomBytes } from "node:crypto";
import { bodyOf } from "../../core/body.ts";
import { badRequest, conflict } from "../../core/errors.ts";
import { objectAt, omit, stringAt } from "../../core/json.ts";
import { accepted } from "../../core/polling.ts";
import { allOf, normalLocation, recordOf } from "../../core/records.ts";
import type {
  ActionContext,
  ArmReply,
  ResourceType,
  Services,
  WriteContext,
} from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { nameCheck } from "../names.ts";

export const ACCOUNT_TYPE = "Microsoft.Storage/storageAccounts";
export const STORAGE_API_VERSIONS = [
  "2019-06-01",
  "2020-08-01-preview",
  "2021-01-01",
  "2021-04-01",
  "2021-08-01",
  "2021-09-01",
  "2022-05-01",
  "2022-09-01",
  "2023-01-01",
  "2023-04-01",
  "2023-05-01",
  "2024-01-01",
  "2025-01-01",
  "2025-06-01",
  "2025-08-01",
];

const CREATE = `${ACCOUNT_TYPE}/create`;
const KEYS = ["key1", "key2"];
const KINDS = ["Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage"];
const SKUS =
  "Standard_LRS Standard_GRS Standard_RAGRS Standard_ZRS Premium_LRS Premium_ZRS Standard_GZRS Standard_RAGZRS " +
  "StandardV2_LRS StandardV2_GRS StandardV2_ZRS StandardV2_GZRS PremiumV2_LRS PremiumV2_ZRS";
const OUTPUTS = [
  "provisioningState",
  "primaryEndpoints",
  "primaryLocation",
  "statusOfPrimary",
  "creationTime",
  "keyCreationTime",
  "privateEndpointConnections",
];

/** https://learn.microsoft.com/rest/api/storagerp/storage-accounts */
export const storageAccounts: ResourceType = {
  type: ACCOUNT_TYPE,
  apiVersions: STORAGE_API_VERSIONS,
  tracked: true,
  checkName: nameCheck({
    pattern: /^[a-z0-9]+$/,
    min: 3,
    max: 24,
    code: "AccountNameInvalid",
    message: (name) =>
      `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
  }),
  checkBody: bodyOf({
    type: "object",
    required: ["sku", "kind"],
    properties: {
      kind: { enum: KINDS },
      sku: { type: "object", required: ["name"], properties: { name: { enum: SKUS.split(" ") } } },
      properties: { type: "object", properties: { isHnsEnabled: { type: ["boolean", "null"] } } },
    },
  }),
  put(context) {
    const { existing, services, apiVersion, id } = context;
    checkKindAndSku(context);
    if (existing === undefined) checkAvailable(context);
    else checkUnchanged(existing, context);
    const record = recordOf(context, ACCOUNT_TYPE, {
      properties: { ...omit(objectAt(context.body, "properties"), OUTPUTS), ...outputs(context) },
      ...(existing === undefined ? { sealed: newKeys(services) } : {}),
    });
    record.sku = {
      ...record.sku,
      tier: String(record.sku?.name).startsWith("Premium") ? "Premium" : "Standard",
    };
    if (existing !== undefined) {
      services.store.put(record);
      return { status: 200, body: services.view(record) };
    }
    record.properties.provisioningState = "Creating";
    services.store.setNameOwner("storageAccounts", id.name, record.id);
    services.store.put(record);
    return accepted(services, services.operations.start(CREATE, record, apiVersion));
  },
  remove({ existing, services }) {
    services.removeTree(existing);
    return { status: 200 };
  },
  onRemoved: (record, services) =>
    services.store.setNameOwner("storageAccounts", record.name, undefined),
  busy: (record) =>
    conflict(
      "StorageAccountOperationInProgress",
      `An operation is currently performing on this storage account '${record.name}' that requires exclusive access.`,
    ),
  actions: {
    listkeys: { method: "POST", write: false, run: listKeys },
    regeneratekey: { method: "POST", write: true, run: regenerateKey },
  },
};

/** Ends of this provider's operations. */
export function defineAccountOperations(services: Services): void {
  services.operations.define(CREATE, async (operation) => () => {
    const record = services.store.get(operation.resourceId);
    if (record === undefined) return;
    record.properties.provisioningState = "Succeeded";
    services.store.put(record);
  });
}

/** The account of a global name, and whether `key` is one of its keys. */
export function accountWithKey(
  services: Services,
  name: string,
  key: string,
): { account: ResourceRecord; keyFits: boolean } | undefined {
  const id = services.store.nameOwner("storageAccounts", name);
  const account = id === undefined ? undefined : services.store.get(id);
  if (account === undefined) return undefined;
  const keyFits = KEYS.some((slot) => services.vault.open(account.sealed[slot] ?? "") === key);
  return { account, keyFits };
}

function checkKindAndSku({ body }: WriteContext): void {
  const kind = stringAt(body, "kind") ?? "";
  const sku = stringAt(objectAt(body, "sku"), "name") ?? "";
  const premiumOnly = kind === "FileStorage" || kind === "BlockBlobStorage";
  if (premiumOnly && sku.startsWith("Standard_")) {
    throw badRequest(
      "AccountTypeMissMatch",
      `The account type '${sku}' is not supported for the account kind '${kind}'.`,
    );
  }
}

function checkAvailable({ id, services, body }: WriteContext): void {
  if (services.store.nameOwner("storageAccounts", id.name) !== undefined) {
    throw conflict(
      "StorageAccountAlreadyTaken",
      `The storage account named ${id.name} is already taken.`,
    );
  }
  const location = normalLocation(stringAt(body, "location") ?? "");
  const inRegion = allOf(services, ACCOUNT_TYPE).filter((other) => other.location === location);
  const most = services.settings().limits.accountsPerRegion;
  if (inRegion.length >= most) {
    throw conflict(
      "MaxStorageAccountsCountPerSubscriptionExceeded",
      `Subscription already contains ${inRegion.length} storage accounts in location ${location} and the maximum allowed is ${most}.`,
    );
  }
}

function checkUnchanged(existing: ResourceRecord, { body }: WriteContext): void {
  const before = existing.properties.isHnsEnabled ?? false;
  const after = objectAt(body, "properties").isHnsEnabled ?? before;
  if (after !== before) {
    throw conflict(
      "AccountPropertyCannotBeUpdated",
      "The property 'isHnsEnabled' was specified in the input, but it cannot be updated.",
    );
  }
  if (body.kind !== existing.kind && existing.kind !== "Storage") {
    throw conflict(
      "AccountPropertyCannotBeUpdated",
      "The property 'kind' was specified in the input, but it cannot be updated.",
    );
  }
}

function outputs({
  existing,
  id,
  body,
}: WriteContext): Record<string, string | Record<string, string>> {
  const created = existing?.createdAt ?? new Date().toISOString();
  return {
    provisioningState: "Succeeded",
    creationTime: created,
    primaryLocation: stringAt(body, "location") ?? existing?.location ?? "",
    statusOfPrimary: "available",
    primaryEndpoints: { file: `https://${id.name}.file.core.windows.net/` },
  };
}

function newKeys(services: Services): Record<string, string> {
  return Object.fromEntries(KEYS.map((name) => [name, services.vault.seal(newKey())]));
}

function newKey(): string {
  return randomBytes(64).toString("base64");
}

function listKeys({ record, services }: ActionContext): ArmReply {
  const keys = KEYS.map((keyName) => ({
    keyName,
    value: services.vault.open(record.sealed[keyName] ?? ""),
    permissions: "FULL",
    creationTime: record.createdAt,
  }));
  return { status: 200, body: { keys } };
}

function regenerateKey(context: ActionContext): ArmReply {
  const { record, services, body } = context;
  const name = stringAt(body, "keyName") ?? "";
  if (!KEYS.includes(name)) {
    throw badRequest("InvalidKeyName", `The key name '${name}' is not one of ${KEYS.join(", ")}.`);
  }
  record.sealed[name] = services.vault.seal(newKey());
  services.store.put(record);
  return listKeys(context);
}
