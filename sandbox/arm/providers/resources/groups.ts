import { badRequest, conflict } from "../../core/errors.ts";
import { stringAt } from "../../core/json.ts";
import { accepted } from "../../core/polling.ts";
import { checkTags, locations } from "../../core/preconditions.ts";
import { envelope, normalLocation, recordOf } from "../../core/records.ts";
import type { ResourceType, Services } from "../../core/resourceType.ts";
import { nameCheck } from "../names.ts";

const TYPE = "Microsoft.Resources/resourceGroups";
const DELETE = `${TYPE}/delete`;

/** https://learn.microsoft.com/rest/api/resources/resource-groups */
export const resourceGroups: ResourceType = {
  type: TYPE,
  apiVersions: [],
  tracked: false,
  checkName: nameCheck({
    pattern: /^[-\w.()]*[-\w()]$/u,
    min: 1,
    max: 90,
    code: "InvalidResourceGroup",
    message: (name) =>
      `The provided resource group name '${name}' has these invalid characters or ends with a period. The name can only be a letter, digit, '-', '.', '(', ')' or '_' and is at most 90 long.`,
  }),
  put(context) {
    const { existing, id, body } = context;
    const given = stringAt(body, "location");
    const location = given === undefined ? existing?.location : normalLocation(given);
    if (location === undefined || !locations().includes(location)) {
      throw badRequest(
        given === undefined ? "LocationRequired" : "LocationNotAvailableForResourceGroup",
        `The provided location '${given ?? ""}' is not available for resource group.`,
      );
    }
    if (existing?.location !== undefined && existing.location !== location) {
      throw conflict(
        "InvalidResourceGroupLocation",
        `Invalid resource group location '${location}'. The Resource group already exists in location '${existing.location}'.`,
      );
    }
    checkTags(context);
    const record = recordOf(context, TYPE, { properties: {} });
    record.id =
      existing?.id ?? `/subscriptions/${id.subscriptionId}/resourceGroups/${id.resourceGroup}`;
    record.name = existing?.name ?? id.resourceGroup ?? "";
    context.services.store.put(record);
    return { status: existing === undefined ? 201 : 200, body: context.services.view(record) };
  },
  remove({ existing, services, apiVersion }) {
    return accepted(services, services.operations.start(DELETE, existing, apiVersion));
  },
  busy: (record) =>
    conflict(
      "ResourceGroupBeingDeleted",
      `The resource group '${record.name}' is in deprovisioning state and cannot perform this operation.`,
    ),
  view: (record) => ({
    ...envelope(record),
    properties: { provisioningState: record.operation === undefined ? "Succeeded" : "Deleting" },
  }),
};

/** Ends of this provider's operations. */
export function defineGroupOperations(services: Services): void {
  services.operations.define(DELETE, async (operation) => () => {
    const group = services.store.get(operation.resourceId);
    if (group !== undefined) services.removeTree(group);
  });
}
