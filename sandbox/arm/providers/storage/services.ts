import { objectAt } from "../../core/json.ts";
import { recordOf } from "../../core/records.ts";
import type { ResourceType } from "../../core/resourceType.ts";
import { nameCheck } from "../names.ts";
import { ACCOUNT_TYPE, STORAGE_API_VERSIONS } from "./accounts.ts";

/** `fileServices/default` and `blobServices/default`: settings that are there with the account. */
export const storageServices: ResourceType[] = ["fileServices", "blobServices"].map(service);

function service(kind: string): ResourceType {
  const type = `${ACCOUNT_TYPE}/${kind}`;
  return {
    type,
    apiVersions: STORAGE_API_VERSIONS,
    tracked: false,
    checkName: nameCheck({
      pattern: /^default$/i,
      min: 7,
      max: 7,
      code: "InvalidResourceName",
      message: (name) => `The service name '${name}' is invalid: it is always 'default'.`,
    }),
    builtIn(id, services) {
      const account = id.path.split("/").slice(0, 9).join("/");
      const owner = services.store.get(account);
      const self = `${account}/${kind}/default`;
      if (owner === undefined || services.store.get(self) !== undefined) return [];
      return [
        {
          id: self,
          type,
          name: "default",
          properties: { cors: { corsRules: [] }, shareDeleteRetentionPolicy: { enabled: false } },
          sealed: {},
          state: {},
          createdAt: owner.createdAt,
          changedAt: owner.createdAt,
        },
      ];
    },
    put(context) {
      const record = recordOf(context, type, { properties: objectAt(context.body, "properties") });
      context.services.store.put(record);
      return { status: 200, body: context.services.view(record) };
    },
  };
}
