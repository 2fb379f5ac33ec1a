import { type ArmError, badRequest, conflict } from "./errors.ts";
import { objectAt, stringAt } from "./json.ts";
import { normalLocation } from "./records.ts";
import type { ResourceType, WriteContext } from "./resourceType.ts";
import type { ResourceRecord } from "./store.ts";

const LOCATIONS = new Set(
  (
    "australiaeast brazilsouth canadacentral centralus eastasia eastus eastus2 francecentral " +
    "germanywestcentral japaneast koreacentral northeurope norwayeast southcentralus southeastasia " +
    "swedencentral switzerlandnorth uksouth westeurope westus westus2 westus3"
  ).split(" "),
);

/** Every location the sandbox's subscription has. */
export function locations(): string[] {
  return [...LOCATIONS];
}

/** What ARM itself checks on a write of a tracked resource, before the provider sees it. */
export function checkTrackedWrite(type: ResourceType, context: WriteContext): void {
  checkLocation(type, context);
  checkTags(context);
  if (context.existing === undefined) checkQuota(type, context);
}

export function defaultBusy(record: ResourceRecord): ArmError {
  return conflict(
    "AnotherOperationInProgress",
    `Another operation on this or dependent resource '${record.id}' is in progress.`,
  );
}

/** @throws ArmError 400 for tags that ARM refuses */
export function checkTags(context: WriteContext): void {
  const tags = Object.entries(objectAt(context.body, "tags"));
  const most = context.services.settings().limits.tagsPerResource;
  if (tags.length > most) {
    throw badRequest(
      "TagsCountExceeded",
      `A resource has at most ${most} tags, got ${tags.length}.`,
    );
  }
  for (const [name, value] of tags) {
    if (/[<>%&\\?/]/.test(name)) {
      throw badRequest(
        "InvalidTagNameCharacters",
        `The tag name '${name}' has characters that are not allowed: <>%&\\?/`,
      );
    }
    if (name.length > 512) {
      throw badRequest(
        "InvalidTagNameLength",
        `The tag name '${name.slice(0, 40)}...' is longer than 512.`,
      );
    }
    if (typeof value !== "string" || value.length > 256) {
      throw badRequest(
        "InvalidTagValueLength",
        `The value of tag '${name}' is not a string of at most 256 characters.`,
      );
    }
  }
}

function checkLocation(type: ResourceType, context: WriteContext): void {
  const { body, existing, id } = context;
  const given = stringAt(body, "location");
  if (given === undefined) {
    if (existing !== undefined) return;
    throw badRequest("LocationRequired", "The location property is required for this definition.");
  }
  const location = normalLocation(given);
  // The region of role assignments and the like.
  if (!LOCATIONS.has(location)) {
    throw badRequest(
      "LocationNotAvailableForResourceType",
      `The provided location '${given}' is not available for resource type '${type.type}'.`,
    );
  }
  if (existing?.location !== undefined && existing.location !== location) {
    throw conflict(
      "InvalidResourceLocation",
      `The resource '${id.name}' already exists in location '${existing.location}' in resource group '${id.resourceGroup ?? ""}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
    );
  }
}

function checkQuota(type: ResourceType, { id, services }: WriteContext): void {
  const collection = id.path.split("/").slice(0, -1).join("/");
  const count = services.store.countIn(`${collection}/`);
  const most = services.settings().limits.instancesPerGroup;
  if (count < most) return;
  throw conflict(
    "ResourceQuotaExceeded",
    `Creating the resource of type '${type.type}' would exceed the quota of '${most}' resources of type '${type.type}' per resource group. The current resource count is '${count}', please delete some resources of this type before creating a new one.`,
  );
}
