import { randomBytes } from "node:crypto";
import { bodyOf } from "../../core/body.ts";
import { badRequest } from "../../core/errors.ts";
import { objectAt, omit } from "../../core/json.ts";
import { recordOf } from "../../core/records.ts";
import type { ActionContext, ArmReply, ResourceType } from "../../core/resourceType.ts";
import { uuidOf } from "../../core/vault.ts";
import { nameCheck } from "../names.ts";

const TYPE = "Microsoft.OperationalInsights/workspaces";
const OUTPUTS = ["customerId", "provisioningState", "createdDate", "modifiedDate"];
const DEFAULT_RETENTION_DAYS = 30;

/** https://learn.microsoft.com/rest/api/loganalytics/workspaces */
export const workspaces: ResourceType = {
  type: TYPE,
  apiVersions: [
    "2015-11-01-preview",
    "2020-03-01-preview",
    "2020-08-01",
    "2020-10-01",
    "2021-06-01",
    "2021-12-01-preview",
    "2022-10-01",
    "2023-09-01",
    "2025-02-01",
    "2025-07-01",
  ],
  tracked: true,
  checkName: nameCheck({
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$/,
    min: 4,
    max: 63,
    code: "InvalidParameter",
    message: (name) =>
      `The workspace name '${name}' is invalid: 4 to 63 letters, digits and '-', which is not the first or last.`,
  }),
  checkBody: bodyOf({
    type: "object",
    properties: {
      properties: {
        type: "object",
        properties: {
          retentionInDays: { type: "integer" },
          sku: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
        },
      },
    },
  }),
  put(context) {
    const { existing, body, services, id } = context;
    const given = omit(objectAt(body, "properties"), OUTPUTS);
    const retention = given.retentionInDays ?? DEFAULT_RETENTION_DAYS;
    if (typeof retention !== "number" || retention < 7 || retention > 730) {
      throw badRequest(
        "InvalidParameter",
        `'RetentionInDays' property doesn't match the SKU limits: 7 to 730, got ${String(retention)}.`,
      );
    }
    const record = recordOf(context, TYPE, {
      properties: {
        sku: { name: "PerGB2018" },
        publicNetworkAccessForIngestion: "Enabled",
        publicNetworkAccessForQuery: "Enabled",
        ...given,
        retentionInDays: retention,
        customerId: uuidOf("workspace", id.key),
        provisioningState: "Succeeded",
        createdDate: existing?.createdAt ?? new Date().toISOString(),
        modifiedDate: new Date().toISOString(),
      },
      sealed: existing?.sealed ?? {
        primary: services.vault.seal(randomBytes(64).toString("base64")),
        secondary: services.vault.seal(randomBytes(64).toString("base64")),
      },
    });
    services.store.put(record);
    return { status: existing === undefined ? 201 : 200, body: services.view(record) };
  },
  remove({ existing, services }) {
    services.removeTree(existing);
    return { status: 200 };
  },
  actions: {
    sharedkeys: { method: "POST", write: false, run: sharedKeys },
    // Older callers spell it with "list".
    listkeys: { method: "POST", write: false, run: sharedKeys },
  },
};

function sharedKeys({ record, services }: ActionContext): ArmReply {
  const key = (name: string) => services.vault.open(record.sealed[name] ?? "");
  return {
    status: 200,
    body: { primarySharedKey: key("primary"), secondarySharedKey: key("secondary") },
  };
}
