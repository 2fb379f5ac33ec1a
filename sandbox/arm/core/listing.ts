import { checkGroup, parentOf } from "./ancestry.ts";
import { badRequest } from "./errors.ts";
import { allOf } from "./records.ts";
import type { ArmReply, ArmRequest, ResourceType, Services } from "./resourceType.ts";
import type { ResourceRecord } from "./store.ts";

/** A collection: of a subscription, of a resource group, or of a parent resource. */
export function list(type: ResourceType, request: ArmRequest, services: Services): ArmReply {
  const { id } = request;
  checkGroup(id, services);
  parentOf(type, id, services, "read");
  const all = [...(type.builtIn?.(id, services) ?? []), ...stored(type, request, services)];
  const shown = type.filter?.(all, request) ?? all;
  return { status: 200, body: page(shown, request, services) };
}

function stored(type: ResourceType, { id }: ArmRequest, services: Services): ResourceRecord[] {
  const inSubscription = id.type !== "" && id.names.length === 0 && id.resourceGroup === undefined;
  if (!inSubscription) {
    return services.store.under(`${id.key}/`).filter((record) => record.type === type.type);
  }
  const scope = `${id.scope.toLowerCase()}/`;
  return allOf(services, type.type).filter((found) => found.id.toLowerCase().startsWith(scope));
}

/** One page when `$top` says so, else all. */
function page(records: ResourceRecord[], request: ArmRequest, services: Services) {
  const { query, id } = request;
  const skip = numberOf(query, "$skiptoken") ?? 0;
  const top = numberOf(query, "$top") ?? numberOf(query, "$maxpagesize");
  const end = top === undefined ? records.length : skip + top;
  const value = records.slice(skip, end).map((record) => services.view(record));
  if (end >= records.length) return { value };
  const next = new URLSearchParams(query);
  next.set("$skiptoken", String(end));
  return { value, nextLink: `${services.endpoint}${id.path}?${next.toString()}` };
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[0-9]{1,6}$/.test(text) || (name !== "$skiptoken" && Number(text) === 0)) {
    throw badRequest(
      "InvalidQueryParameter",
      `The query parameter ${name} is not a number: '${text}'.`,
    );
  }
  return Number(text);
}
