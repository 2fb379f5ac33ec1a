import { type JsonObject, objectAt, stringAt } from "./json.ts";
import type { Services, WriteContext } from "./resourceType.ts";
import type { ResourceRecord } from "./store.ts";

/**
 * The record that a put writes: envelope from the body, properties and secrets from the type.
 * @param type canonical name of the type
 */
export function recordOf(
  context: WriteContext,
  type: string,
  own: { properties: JsonObject; sealed?: Record<string, string>; state?: JsonObject },
): ResourceRecord {
  const { body, existing, id } = context;
  const now = new Date().toISOString();
  const location = stringAt(body, "location") ?? existing?.location;
  return {
    id: existing?.id ?? canonicalPath(id.path, type),
    type,
    name: existing?.name ?? id.name,
    ...(location === undefined ? {} : { location: normalLocation(location) }),
    ...("tags" in body ? { tags: objectAt(body, "tags") as Record<string, string> } : {}),
    ...("identity" in body ? { identity: objectAt(body, "identity") } : {}),
    ...("sku" in body ? { sku: objectAt(body, "sku") } : {}),
    ...(typeof body.kind === "string" ? { kind: body.kind } : {}),
    properties: own.properties,
    sealed: own.sealed ?? existing?.sealed ?? {},
    state: own.state ?? existing?.state ?? {},
    ...(existing?.operation === undefined ? {} : { operation: existing.operation }),
    createdAt: existing?.createdAt ?? now,
    changedAt: now,
  };
}

/** The common part of an answer. */
export function envelope(record: ResourceRecord): JsonObject {
  return {
    id: record.id,
    name: record.name,
    type: record.type,
    ...(record.location === undefined ? {} : { location: record.location }),
    ...(record.tags === undefined ? {} : { tags: record.tags }),
    ...(record.identity === undefined ? {} : { identity: record.identity }),
    ...(record.sku === undefined ? {} : { sku: record.sku }),
    ...(record.kind === undefined ? {} : { kind: record.kind }),
    properties: record.properties,
  };
}

export function systemData(record: ResourceRecord): JsonObject {
  return {
    createdBy: "sandbox",
    createdByType: "Application",
    createdAt: record.createdAt,
    lastModifiedBy: "sandbox",
    lastModifiedByType: "Application",
    lastModifiedAt: record.changedAt,
  };
}

/** The stored resource as a body to patch: what was put, secrets aside. */
export function bodyFromRecord(record: ResourceRecord): JsonObject {
  const { id: _id, name: _name, type: _type, ...body } = envelope(record);
  return body;
}

/** `West Europe` and `westeurope` are one location. */
export function normalLocation(location: string): string {
  return location.replaceAll(" ", "").toLowerCase();
}

/** Resources of one type in the whole subscription. */
export function allOf(services: Services, type: string): ResourceRecord[] {
  return services.store.under("/subscriptions/").filter((record) => record.type === type);
}

/** Ids are answered with the type's own spelling, whatever the request used. */
function canonicalPath(path: string, type: string): string {
  const segments = path.split("/");
  const typeSegments = type.split("/");
  if (segments[3] !== undefined) segments[3] = "resourceGroups";
  const providers = segments.map((s) => s.toLowerCase()).lastIndexOf("providers");
  if (providers < 0) return segments.join("/");
  segments[providers] = "providers";
  segments[providers + 1] = typeSegments[0] ?? "";
  typeSegments.slice(1).forEach((segment, i) => {
    segments[providers + 2 + 2 * i] = segment;
  });
  return segments.join("/");
}
