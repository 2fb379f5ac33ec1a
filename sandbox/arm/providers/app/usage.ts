import { listAt, objectAt, stringAt } from "../../core/json.ts";
import { allOf } from "../../core/records.ts";
import type { Services } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";

export const APP_TYPE = "Microsoft.App/containerApps";

/** Apps that run in an environment, of whatever resource group. */
export function appsIn(services: Services, environmentId: string): ResourceRecord[] {
  const wanted = environmentId.toLowerCase();
  return allOf(services, APP_TYPE).filter(
    (app) => stringAt(app.properties, "environmentId")?.toLowerCase() === wanted,
  );
}

/** Names of the storages that an app's volumes use. */
export function storagesOf(app: ResourceRecord): string[] {
  return listAt(objectAt(app.properties, "template"), "volumes")
    .map((volume) => stringAt(volume, "storageName"))
    .filter((name) => name !== undefined);
}
