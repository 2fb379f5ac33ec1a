import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { checkApiVersion } from "../core/apiVersion.ts";
import type { Dispatcher } from "../core/dispatch.ts";
import { ArmError } from "../core/errors.ts";
import type { Fault, Faults } from "../core/faults.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { polledOperation } from "../core/polling.ts";
import type { RequestLog } from "../core/requestLog.ts";
import { type ArmId, parseArmId } from "../core/resourceId.ts";
import type { ArmReply, ArmRequest, ResourceType, Services } from "../core/resourceType.ts";
import type { Throttle } from "../core/throttle.ts";
import { nameAvailability } from "../providers/nameAvailability.ts";
import {
  checkRegistration,
  checkSubscription,
  subscriptionReply,
} from "../providers/resources/subscriptions.ts";
import { errorReply, send, unreadable } from "./replies.ts";
import { followToEnd, type LogEntry, type OpenAnswer, strike } from "./strike.ts";
import type { Tokens } from "./tokens.ts";

export interface Exchange {
  services: Services;
  types: readonly ResourceType[];
  dispatcher: Dispatcher;
  faults: Faults;
  throttle: Throttle;
  tokens: Tokens;
  log: RequestLog;
  /** Answers whose line in the log is still to be written. */
  open: Set<OpenAnswer>;
}

/** One request to ARM, from its token to the line in the request log. */
export async function exchange(
  context: Exchange,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const url = urlOf(request, context);
  const entry = newEntry(request, url);
  const ending = followToEnd(context.log, context.open, reply, entry);
  void reply.headers(commonHeaders(request));
  let fault: Fault | undefined;
  let answer: ArmReply;
  try {
    await context.tokens.verify(request.headers.authorization);
    const enforce = context.services.settings().throttle;
    void reply.headers(context.throttle.take(request.method, enforce));
    const id = parseArmId(url.pathname);
    entry.id = id.path;
    entry.write = context.dispatcher.isWrite(request.method, id);
    fault = context.faults.take(request.method, id.path);
    if (fault !== undefined) {
      entry.fault = fault.id;
      entry.applied = false;
    }
    if (fault?.when === "before") {
      if (await strike(fault, request, reply, ending)) return reply;
    }
    answer = await answerOf(context, request, id, url.searchParams);
  } catch (error) {
    answer = errorReply(error);
  }
  if (answer.operation !== undefined) entry.operation = answer.operation;
  entry.status = answer.status;
  if (fault !== undefined) entry.applied = answer.status < 400;
  if (fault?.when === "after") {
    if (await strike(fault, request, reply, ending)) return reply;
  }
  return send(reply, answer);
}

/** A request whose body could not be read: refused, and in the log like every other. */
export function refuseUnreadable(
  context: Exchange,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const entry = newEntry(request, urlOf(request, context));
  const refusal = unreadable(error);
  entry.status = refusal.status;
  followToEnd(context.log, context.open, reply, entry);
  return send(reply.headers(commonHeaders(request)), errorReply(refusal));
}

async function answerOf(
  { services, types, dispatcher }: Exchange,
  request: FastifyRequest,
  id: ArmId,
  query: URLSearchParams,
): Promise<ArmReply> {
  const type = dispatcher.typeOf(id);
  const armRequest: ArmRequest = {
    method: request.method,
    id,
    apiVersion: checkApiVersion(type, query.get("api-version")),
    query,
    body: bodyOf(request.body),
  };
  checkSubscription(id);
  const polled = request.method === "GET" ? polledOperation(id) : undefined;
  if (polled !== undefined) {
    await services.operations.settled(polled.id, services.settings().pollHoldMs);
    return { ...dispatcher.dispatch(armRequest), operation: polled.id };
  }
  const own =
    subscriptionReply(armRequest, types, services) ?? nameAvailability(armRequest, types, services);
  if (own !== undefined) return own;
  if (type !== undefined && dispatcher.isWrite(request.method, id)) {
    checkRegistration(type, services);
  }
  return dispatcher.dispatch(armRequest);
}

/** SDKs put a scope, which begins with a slash, behind a slash; ARM reads the two as one. */
function urlOf(request: FastifyRequest, { services }: Exchange): URL {
  return new URL(services.endpoint + request.url.replace(/^\/+/, "/"));
}

function newEntry(request: FastifyRequest, url: URL): LogEntry {
  return {
    method: request.method,
    id: url.pathname,
    apiVersion: url.searchParams.get("api-version") ?? "",
    status: 0,
    write: ["PUT", "PATCH", "DELETE"].includes(request.method),
    outcome: "acknowledged",
  };
}

function commonHeaders({ headers }: FastifyRequest): Record<string, string> {
  const requestId = randomUUID();
  const correlation = headers["x-ms-correlation-request-id"];
  const client = headers["x-ms-client-request-id"];
  return {
    "x-ms-request-id": requestId,
    "x-ms-correlation-request-id": typeof correlation === "string" ? correlation : requestId,
    "x-ms-routing-request-id": `SANDBOX:${requestId}`,
    ...(typeof client === "string" ? { "x-ms-client-request-id": client } : {}),
    "cache-control": "no-cache",
  };
}

function bodyOf(body: unknown): JsonObject {
  if (body === undefined || body === null || body === "") return {};
  if (isObject(body)) return body;
  throw new ArmError(
    400,
    "InvalidRequestContent",
    "The request content was invalid and could not be deserialized: it is not an object.",
  );
}
