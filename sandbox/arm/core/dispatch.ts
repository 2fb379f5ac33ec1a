import { checkGroup, checkGroupForWrite, missing, parentOf } from "./ancestry.ts";
import { ArmError, badRequest, resourceNotFound } from "./errors.ts";
import { isObject, type JsonObject, mergePatch } from "./json.ts";
import { list } from "./listing.ts";
import { polledOperation, pollReply } from "./polling.ts";
import { checkTrackedWrite, defaultBusy } from "./preconditions.ts";
import { bodyFromRecord } from "./records.ts";
import { type ArmId, parentType } from "./resourceId.ts";
import type {
  Action,
  ArmReply,
  ArmRequest,
  ResourceType,
  Services,
  WriteContext,
} from "./resourceType.ts";
import type { ResourceRecord } from "./store.ts";

export interface Dispatcher {
  /**
   * Answers a request on a resource, collection, action or operation, in one transaction.
   * @throws ArmError for every refusal
   */
  dispatch(request: ArmRequest): ArmReply;
  /** Whether the request changes anything when it is granted. */
  isWrite(method: string, id: ArmId): boolean;
  /** The type of a path, whatever its case. */
  typeOf(id: ArmId): ResourceType | undefined;
}

const GROUP_TYPE = "microsoft.resources/resourcegroups";

export function createDispatcher(types: readonly ResourceType[], services: Services): Dispatcher {
  const byName = new Map(types.map((type) => [type.type.toLowerCase(), type]));

  const typeOf = (id: ArmId): ResourceType | undefined => {
    if (id.type === "") {
      return /^\/subscriptions\/[^/]+\/resourcegroups(\/[^/]+)?$/.test(id.key)
        ? byName.get(GROUP_TYPE)
        : undefined;
    }
    const name = id.type.toLowerCase();
    return byName.get(name) ?? (id.isCollection ? byName.get(parentType(name)) : undefined);
  };

  const actionOf = (method: string, id: ArmId): Action | undefined => {
    if (!id.isCollection || id.type === "") return undefined;
    const action = byName.get(parentType(id.type.toLowerCase()))?.actions?.[id.name.toLowerCase()];
    return action?.method === method ? action : undefined;
  };

  return {
    typeOf,
    isWrite(method, id) {
      if (["PUT", "PATCH", "DELETE"].includes(method)) return true;
      return method === "POST" && (actionOf(method, id)?.write ?? false);
    },
    dispatch(request) {
      const polled = request.method === "GET" ? polledOperation(request.id) : undefined;
      if (polled !== undefined) return pollReply(services, polled.id, polled.style);
      const type = typeOf(request.id);
      if (type === undefined) throw invalidType(request.id);
      return services.store.transaction(() => {
        const action = actionOf(request.method, request.id);
        if (action !== undefined) return act(type, action, request, services);
        const isList = request.id.isCollection || /\/resourcegroups$/.test(request.id.key);
        if (isList && request.id.type.toLowerCase() !== listedType(type))
          throw invalidType(request.id);
        if (isList && request.method === "GET") return list(type, request, services);
        if (isList) throw notAllowed(request);
        return onResource(type, request, services);
      });
    },
  };
}

function onResource(type: ResourceType, request: ArmRequest, services: Services): ArmReply {
  const { id, method } = request;
  type.checkName(id.name);
  const existing = find(type, id, services);
  switch (method) {
    case "GET":
      if (existing === undefined) throw missing(type, id, services);
      return { status: 200, body: services.view(existing) };
    case "HEAD":
      return { status: existing === undefined ? 404 : 204 };
    case "PUT":
    case "PATCH": {
      if (type.put === undefined) throw notAllowed(request);
      if (method === "PATCH" && existing === undefined) throw missing(type, id, services);
      const context = writeContext(type, request, existing, services);
      if (method === "PUT") return type.put(context);
      return (type.patch ?? patchWith(type.put))(context);
    }
    case "DELETE": {
      if (type.remove === undefined) throw notAllowed(request);
      if (existing === undefined) {
        checkGroup(id, services);
        return { status: 204 };
      }
      checkGroupForWrite(id, services);
      if (existing.operation !== undefined) throw (type.busy ?? defaultBusy)(existing);
      return type.remove({
        ...request,
        services,
        existing,
        parent: parentOf(type, id, services, "read"),
      });
    }
    default:
      throw notAllowed(request);
  }
}

function writeContext(
  type: ResourceType,
  request: ArmRequest,
  existing: ResourceRecord | undefined,
  services: Services,
): WriteContext {
  checkGroupForWrite(request.id, services);
  const parent = parentOf(type, request.id, services, "write");
  if (existing?.operation !== undefined) throw (type.busy ?? defaultBusy)(existing);
  const merged =
    request.method === "PATCH" && existing !== undefined
      ? mergePatch(bodyFromRecord(existing), request.body)
      : request.body;
  const body: JsonObject = isObject(merged) ? merged : {};
  type.checkBody?.(body);
  const context: WriteContext = {
    ...request,
    body,
    given: request.body,
    services,
    existing,
    parent,
  };
  if (type.tracked) checkTrackedWrite(type, context);
  return context;
}

const patchWith = (put: (context: WriteContext) => ArmReply) => (context: WriteContext) => ({
  ...put(context),
  status: 200,
});

function act(
  type: ResourceType,
  action: Action,
  request: ArmRequest,
  services: Services,
): ArmReply {
  const { id } = request;
  const owner = id.path.split("/").slice(0, -1).join("/");
  const record = services.store.get(owner);
  if (record === undefined) {
    checkGroup(id, services);
    const name = owner.split("/").at(-1) ?? "";
    throw type.notFound?.(id) ?? resourceNotFound(parentType(id.type), name, id.resourceGroup);
  }
  return action.run({ ...request, services, record });
}

function find(type: ResourceType, id: ArmId, services: Services): ResourceRecord | undefined {
  const stored = services.store.get(id.path);
  if (stored !== undefined || type.builtIn === undefined) return stored;
  return type.builtIn(id, services).find((record) => record.id.toLowerCase() === id.key);
}

/** The type segment of a collection's path; groups are listed without one. */
function listedType(type: ResourceType): string {
  const name = type.type.toLowerCase();
  return name === GROUP_TYPE ? "" : name;
}

function invalidType(id: ArmId): ArmError {
  if (id.type === "") {
    return badRequest("InvalidResourceId", `The path '${id.path}' names no resource.`);
  }
  const [namespace = "", ...rest] = id.type.split("/");
  return new ArmError(
    404,
    "InvalidResourceType",
    `The resource type '${rest.join("/")}' could not be found in the namespace '${namespace}'.`,
  );
}

function notAllowed(request: ArmRequest): ArmError {
  return new ArmError(
    405,
    "HttpMethodNotSupported",
    `The HTTP method '${request.method}' is not supported at '${request.id.path}'.`,
  );
}
