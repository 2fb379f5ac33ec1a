import { bodyOf } from "../../core/body.ts";
import { badRequest, conflict } from "../../core/errors.ts";
import { type JsonObject, objectAt, omit, stringAt } from "../../core/json.ts";
import { recordOf } from "../../core/records.ts";
import type { RemoveContext, ResourceType, Services } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { nameCheck } from "../names.ts";
import { accountWithKey } from "../storage/accounts.ts";
import { shareId } from "../storage/shares.ts";
import { ENVIRONMENT_TYPE } from "./environments.ts";
import { appsIn, storagesOf } from "./usage.ts";
import { APP_API_VERSIONS } from "./versions.ts";

const TYPE = `${ENVIRONMENT_TYPE}/storages`;

/** https://learn.microsoft.com/rest/api/containerapps/managed-environments-storages */
export const managedEnvironmentsStorages: ResourceType = {
  type: TYPE,
  apiVersions: APP_API_VERSIONS,
  tracked: false,
  checkName: nameCheck({
    pattern: /^[a-z]([a-z0-9]|-(?!-))*[a-z0-9]$/,
    min: 2,
    max: 32,
    code: "ManagedEnvironmentInvalidStorageName",
    message: (name) =>
      `Invalid storage name '${name}'. A name must consist of lower case alphanumeric characters or '-', start with a letter, end with an alphanumeric character, cannot have '--', and must be 2 to 32 long.`,
  }),
  checkBody: bodyOf({
    type: "object",
    required: ["properties"],
    properties: {
      properties: {
        type: "object",
        properties: {
          azureFile: {
            type: ["object", "null"],
            properties: {
              accountName: { type: "string" },
              accountKey: { type: "string" },
              shareName: { type: "string" },
              accessMode: { enum: ["ReadOnly", "ReadWrite"] },
            },
          },
        },
      },
    },
  }),
  put(context) {
    const { existing, services, body, parent } = context;
    if (parent?.properties.provisioningState !== "Succeeded") {
      throw conflict(
        "ManagedEnvironmentNotProvisioned",
        `The environment '${parent?.id ?? ""}' has not been provisioned successfully.`,
      );
    }
    const azureFile = objectAt(objectAt(body, "properties"), "azureFile");
    checkAzureFile(azureFile, existing);
    const key = stringAt(azureFile, "accountKey");
    const record = recordOf(context, TYPE, {
      properties: { azureFile: omit(azureFile, ["accountKey"]) },
      ...(key === undefined ? {} : { sealed: { accountKey: services.vault.seal(key) } }),
    });
    services.store.put(record);
    return { status: existing === undefined ? 201 : 200, body: services.view(record) };
  },
  remove(context) {
    const { existing, services } = context;
    checkUnused(context);
    services.removeTree(existing);
    return { status: 200 };
  },
};

/**
 * What mounting a storage in a replica would say.
 * A wrong key or share shows only here: https://github.com/microsoft/azure-container-apps/issues/1446
 * @returns why the mount fails, or undefined
 */
export function mountProblem(services: Services, storage: ResourceRecord): string | undefined {
  const file = objectAt(storage.properties, "azureFile");
  const accountName = stringAt(file, "accountName") ?? "";
  const sealed = storage.sealed.accountKey;
  // A key in a key vault is taken on trust: the sandbox has no vaults.
  const found =
    sealed === undefined
      ? undefined
      : accountWithKey(services, accountName, services.vault.open(sealed));
  if (sealed === undefined) return undefined;
  if (found === undefined)
    return `mount error: could not resolve address for ${accountName}.file.core.windows.net`;
  if (!found.keyFits) return "mount error(13): Permission denied";
  const share = shareId(found.account, stringAt(file, "shareName") ?? "");
  if (services.store.get(share) === undefined) return "mount error(2): No such file or directory";
  return undefined;
}

function checkAzureFile(azureFile: JsonObject, existing: ResourceRecord | undefined): void {
  for (const name of ["accountName", "shareName", "accessMode"]) {
    if (stringAt(azureFile, name) === undefined) throw invalid(name);
  }
  const hasKey = "accountKey" in azureFile || "accountKeyVaultProperties" in azureFile;
  if (!hasKey && existing === undefined) throw invalid("accountKey");
}

function invalid(name: string) {
  return badRequest(
    "InvalidRequestParameterWithDetails",
    `AzureFile ${name} is invalid: it is required.`,
    `properties.azureFile.${name}`,
  );
}

/** https://github.com/microsoft/azure-container-apps/issues/774 */
function checkUnused({ existing, services, parent }: RemoveContext): void {
  const name = existing.name.toLowerCase();
  const users = appsIn(services, parent?.id ?? "").filter((app) =>
    storagesOf(app).some((used) => used.toLowerCase() === name),
  );
  if (users.length === 0) return;
  throw conflict(
    "ManagedEnvironmentStorageInUse",
    `Cannot delete Managed environment storage '${existing.name}' because it's still in use by ContainerApps: ${users.map((app) => app.name).join(", ")}.`,
  );
}
