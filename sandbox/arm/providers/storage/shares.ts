import { bodyOf } from "../../core/body.ts";
import { ArmError, badRequest, conflict } from "../../core/errors.ts";
import { type JsonObject, objectAt, stringAt } from "../../core/json.ts";
import { envelope, recordOf } from "../../core/records.ts";
import type { ResourceType, WriteContext } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { nameCheck } from "../names.ts";
import { ACCOUNT_TYPE, STORAGE_API_VERSIONS } from "./accounts.ts";

const TYPE = `${ACCOUNT_TYPE}/fileServices/shares`;
const PREMIUM_MIN_GIB = 100;
const MAX_GIB = 102_400;
const DEFAULT_STANDARD_GIB = 5120;

/** https://learn.microsoft.com/rest/api/storagerp/file-shares */
export const fileShares: ResourceType = {
  type: TYPE,
  apiVersions: STORAGE_API_VERSIONS,
  tracked: false,
  checkName: nameCheck({
    pattern: /^[a-z0-9]+(-[a-z0-9]+)*$/,
    min: 3,
    max: 63,
    code: "InvalidResourceName",
    message: () =>
      "The specified resource name contains invalid characters or has an invalid length: 3 to 63 lowercase letters, digits and single dashes.",
  }),
  checkBody: bodyOf({
    type: "object",
    properties: {
      properties: {
        type: "object",
        properties: {
          shareQuota: { type: "integer" },
          accessTier: { enum: ["TransactionOptimized", "Hot", "Cool", "Premium"] },
          enabledProtocols: { enum: ["SMB", "NFS"] },
          metadata: { type: ["object", "null"], additionalProperties: { type: "string" } },
        },
      },
    },
  }),
  put(context) {
    const { existing, body, services } = context;
    const given = objectAt(body, "properties");
    const account = accountOf(context);
    if (account.operation !== undefined) {
      throw conflict(
        "StorageAccountIsNotProvisioned",
        "The storage account provisioning state must be 'Succeeded' before executing the operation.",
      );
    }
    const premium = account.kind === "FileStorage";
    checkQuotaAndTier(given, premium);
    checkMetadata(objectAt(given, "metadata"));
    checkProtocols(given, existing, premium);
    if (existing === undefined) checkCount(account, context);
    const shareQuota = given.shareQuota ?? existing?.properties.shareQuota;
    const record = recordOf(context, TYPE, {
      properties: {
        shareQuota: shareQuota ?? (premium ? PREMIUM_MIN_GIB : DEFAULT_STANDARD_GIB),
        accessTier: given.accessTier ?? (premium ? "Premium" : "TransactionOptimized"),
        ...("metadata" in given ? { metadata: objectAt(given, "metadata") } : {}),
        // https://github.com/pulumi/pulumi-azure-native/issues/1751: SMB is never answered.
        ...(given.enabledProtocols === "NFS" ? { enabledProtocols: "NFS" } : {}),
        lastModifiedTime: new Date().toISOString(),
        leaseStatus: "unlocked",
        leaseState: "available",
      },
    });
    services.store.put(record);
    return { status: existing === undefined ? 201 : 200, body: services.view(record) };
  },
  remove({ existing, services }) {
    services.removeTree(existing);
    return { status: 200 };
  },
  notFound: () => new ArmError(404, "ShareNotFound", "The specified share does not exist."),
  view: (record) => ({
    ...envelope(record),
    etag: `"0x${record.changedAt.replaceAll(/\D/g, "")}"`,
  }),
};

/** The file share of an account, if it is there. */
export function shareId(account: ResourceRecord, share: string): string {
  return `${account.id}/fileServices/default/shares/${share}`;
}

function accountOf({ parent, services }: WriteContext): ResourceRecord {
  const account =
    parent?.type === ACCOUNT_TYPE
      ? parent
      : services.store.get((parent?.id ?? "").split("/").slice(0, 9).join("/"));
  if (account === undefined)
    throw new ArmError(404, "ParentResourceNotFound", "The storage account was not found.");
  return account;
}

/** https://github.com/pulumi/pulumi-azure-native/issues/786 */
function checkQuotaAndTier(given: JsonObject, premium: boolean): void {
  const quota = given.shareQuota;
  const least = premium ? PREMIUM_MIN_GIB : 1;
  const badQuota = typeof quota === "number" && (quota < least || quota > MAX_GIB);
  const tier = stringAt(given, "accessTier");
  const badTier = tier !== undefined && (tier === "Premium") !== premium;
  if (!badQuota && !badTier) return;
  throw badRequest(
    "InvalidHeaderValue",
    "The value for one of the HTTP headers is not in the correct format.",
    badQuota ? "shareQuota" : "accessTier",
  );
}

/** Names of metadata are C# identifiers. */
function checkMetadata(metadata: JsonObject): void {
  const bad = Object.keys(metadata).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (bad === undefined) return;
  throw badRequest(
    "InvalidMetadata",
    `The metadata specified is invalid. It has characters that are not permitted: '${bad}'.`,
  );
}

function checkProtocols(
  given: JsonObject,
  existing: ResourceRecord | undefined,
  premium: boolean,
): void {
  const wanted = stringAt(given, "enabledProtocols");
  if (wanted === "NFS" && !premium) {
    throw badRequest(
      "InvalidHeaderValue",
      "The value for one of the HTTP headers is not in the correct format.",
      "enabledProtocols",
    );
  }
  if (existing === undefined || wanted === undefined) return;
  const before = stringAt(existing.properties, "enabledProtocols") ?? "SMB";
  if (wanted === before) return;
  throw badRequest(
    "EnabledProtocolsCannotBeChanged",
    `The property 'enabledProtocols' of a share cannot be updated from '${before}' to '${wanted}'.`,
  );
}

function checkCount(account: ResourceRecord, { services }: WriteContext): void {
  const most = services.settings().limits.sharesPerAccount;
  const count = services.store.countIn(shareId(account, ""));
  if (account.kind !== "FileStorage" || count < most) return;
  throw conflict(
    "TotalSharesCountExceedsAccountLimit",
    `The total number of shares in the account is limited to ${most}.`,
  );
}
