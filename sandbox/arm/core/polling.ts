import { ArmError } from "./errors.ts";
import { type ArmId, parseArmId } from "./resourceId.ts";
import type { ArmReply, Services } from "./resourceType.ts";
import type { OperationRecord } from "./store.ts";

/** Where the state of an operation is asked for, and how the answer looks. */
export type PollStyle = "status" | "result";

const POLL_PATH =
  /^\/subscriptions\/[^/]+\/(?:providers\/[^/]+\/locations\/[^/]+\/)?(?<word>containerappoperationstatuses|containerappoperationresults|operationstatuses|operationresults|asyncoperations)\/(?<id>[0-9a-f-]{36})$/;

/** Seconds until the next poll; short, as the endpoint holds a poll until the operation ends. */
const RETRY_AFTER = "1";

/** Headers that send the client to the operation: `status` is `Azure-AsyncOperation`, `result` is `Location`. */
export function pollHeaders(
  services: Services,
  operation: OperationRecord,
  style: PollStyle,
): Record<string, string> {
  const url = `${services.endpoint}${pollPath(operation, style)}?api-version=${operation.apiVersion}`;
  return {
    [style === "status" ? "Azure-AsyncOperation" : "Location"]: url,
    "Retry-After": RETRY_AFTER,
  };
}

/** The answer to what goes on after it: where its result is asked for. */
export function accepted(services: Services, operation: OperationRecord): ArmReply {
  return {
    status: 202,
    headers: pollHeaders(services, operation, "result"),
    operation: operation.id,
  };
}

/** The operation that a path polls, if it is a poll. */
export function polledOperation(id: ArmId): { id: string; style: PollStyle } | undefined {
  const groups = POLL_PATH.exec(id.key)?.groups;
  if (groups?.id === undefined || groups.word === undefined) return undefined;
  return { id: groups.id, style: groups.word.includes("status") ? "status" : "result" };
}

/** @throws ArmError 404 for an operation that never was; the operation's own error for a failed result */
export function pollReply(services: Services, id: string, style: PollStyle): ArmReply {
  const operation = services.store.getOperation(id);
  if (operation === undefined) {
    throw new ArmError(404, "OperationNotFound", `The operation '${id}' was not found.`);
  }
  const running = operation.status === "InProgress";
  const headers = running ? pollHeaders(services, operation, style) : {};
  if (style === "status") return { status: 200, headers, body: statusBody(operation) };
  if (running) return { status: 202, headers };
  if (operation.error !== undefined) {
    const { status, code, message, ...more } = operation.error;
    throw new ArmError(status, code, message, more);
  }
  const record = services.store.get(operation.resourceId);
  return record === undefined ? { status: 204 } : { status: 200, body: services.view(record) };
}

function statusBody(operation: OperationRecord): NonNullable<ArmReply["body"]> {
  const { status: _status, ...error } = operation.error ?? { status: 0, code: "", message: "" };
  return {
    id: pollPath(operation, "status"),
    name: operation.id,
    status: operation.status,
    startTime: operation.startTime,
    ...(operation.endTime === undefined ? {} : { endTime: operation.endTime }),
    ...(operation.error === undefined ? {} : { error: JSON.parse(JSON.stringify(error)) }),
  };
}

function pollPath(operation: OperationRecord, style: PollStyle): string {
  const { subscriptionId, type } = parseArmId(operation.resourceId);
  const subscription = `/subscriptions/${subscriptionId ?? ""}`;
  const namespace = type.split("/")[0];
  if (namespace === undefined || namespace === "") {
    return `${subscription}/operationresults/${operation.id}`;
  }
  const word = POLL_WORDS[namespace]?.[style] ?? DEFAULT_WORDS[style];
  return `${subscription}/providers/${namespace}/locations/westeurope/${word}/${operation.id}`;
}

const DEFAULT_WORDS = { status: "operationStatuses", result: "operationResults" };
const POLL_WORDS: Record<string, Record<PollStyle, string>> = {
  "Microsoft.App": {
    status: "containerappOperationStatuses",
    result: "containerappOperationResults",
  },
  "Microsoft.Storage": { status: "operationStatuses", result: "asyncoperations" },
};
