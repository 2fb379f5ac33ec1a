import { ArmError, groupNotFound, parentNotFound, resourceNotFound } from "./errors.ts";
import { type ArmId, parentPath, parentType } from "./resourceId.ts";
import type { ResourceType, Services } from "./resourceType.ts";
import type { ResourceRecord } from "./store.ts";

/** @throws ArmError 404 `ResourceGroupNotFound` */
export function checkGroup(id: ArmId, services: Services): void {
  groupOf(id, services);
}

/** @throws ArmError 404 for a group that is not there, 409 for one that is going */
export function checkGroupForWrite(id: ArmId, services: Services): void {
  const group = groupOf(id, services);
  if (group?.operation === undefined) return;
  throw new ArmError(
    409,
    "ResourceGroupBeingDeleted",
    `The resource group '${group.name}' is in deprovisioning state and cannot perform this operation.`,
  );
}

/**
 * The resource that a child hangs from; the account for what is below its `fileServices/default`,
 * which is there without having been made.
 * @throws ArmError 404, with another code for writes than for reads
 */
export function parentOf(
  type: ResourceType,
  id: ArmId,
  services: Services,
  use: "read" | "write",
): ResourceRecord | undefined {
  const parent = parentPath(id);
  if (parent === undefined || id.type === "") return undefined;
  const record = services.store.get(parent);
  if (record !== undefined) return record;
  const segments = parent.split("/");
  const isDefault = segments.at(-1)?.toLowerCase() === "default";
  const owner = isDefault ? segments.slice(0, -2) : segments;
  const grandparent = isDefault ? services.store.get(owner.join("/")) : undefined;
  if (grandparent !== undefined) return grandparent;
  if (use === "write") throw parentNotFound(owner.join("/"));
  const missingType = isDefault ? parentType(parentType(type.type)) : parentType(type.type);
  throw resourceNotFound(missingType, owner.at(-1) ?? "", id.resourceGroup);
}

/** The 404 of a resource that is not there, by what of its path is missing. */
export function missing(type: ResourceType, id: ArmId, services: Services): ArmError {
  checkGroup(id, services);
  parentOf(type, id, services, "read");
  if (id.type === "") return groupNotFound(id.resourceGroup ?? id.name);
  return type.notFound?.(id) ?? resourceNotFound(type.type, id.name, id.resourceGroup);
}

function groupOf(id: ArmId, services: Services): ResourceRecord | undefined {
  if (id.resourceGroup === undefined || id.type === "") return undefined;
  const group = services.store.get(id.path.split("/").slice(0, 5).join("/"));
  if (group === undefined) throw groupNotFound(id.resourceGroup);
  return group;
}
