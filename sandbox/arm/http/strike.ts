import type { FastifyReply, FastifyRequest } from "fastify";
import { ArmError } from "../core/errors.ts";
import type { Fault } from "../core/faults.ts";
import type { RequestLog, RequestLogEntry } from "../core/requestLog.ts";
import { errorReply, send } from "./replies.ts";

/** What is known of a request until it is over. */
export type LogEntry = Omit<RequestLogEntry, "seq" | "time">;

type Victims = number | readonly number[];

/** An answer whose line in the log is still to be written. */
export interface OpenAnswer {
  /** Whether it is all handed over, so that the client may have it already. */
  isSent(): boolean;
  recorded: Promise<void>;
}

/** Follows one answer to its end: writes the log's line, then kills whom a fault named. */
export interface Ending {
  entry: LogEntry;
  /** Processes to kill once the answer is out. */
  killAfter(pids: Victims): void;
}

/**
 * Writes the line when the answer is out, or when the connection ended before.
 * @param open answers whose line is still to be written; closing waits for them
 */
export function followToEnd(
  log: RequestLog,
  open: Set<OpenAnswer>,
  reply: FastifyReply,
  entry: LogEntry,
): Ending {
  let victims: Victims | undefined;
  let over = () => {};
  const recorded = new Promise<void>((resolve) => {
    over = resolve;
  });
  const answer = { isSent: () => reply.raw.writableEnded, recorded };
  open.add(answer);
  const record = (outcome: LogEntry["outcome"]) => {
    if (!open.delete(answer)) return;
    log.append({ ...entry, outcome });
    over();
  };
  reply.raw.once("finish", () => {
    record(entry.outcome);
    if (victims !== undefined) kill(victims);
  });
  reply.raw.once("close", () => record("dropped"));
  return {
    entry,
    killAfter(pids) {
      victims = pids;
    },
  };
}

/**
 * Does what the fault says.
 * @returns whether the request is over with it (never the reply itself: it is thenable, so that
 * awaiting it gives undefined)
 */
export async function strike(
  { action }: Fault,
  request: FastifyRequest,
  reply: FastifyReply,
  ending: Ending,
): Promise<boolean> {
  if ("delayMs" in action) {
    await new Promise((resolve) => setTimeout(resolve, action.delayMs));
    return false;
  }
  if ("status" in action) {
    const { status, code, message, retryAfter } = action;
    ending.entry.outcome = "fault";
    ending.entry.status = status;
    const headers = retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };
    void send(reply, errorReply(new ArmError(status, code, message, { headers })));
    return true;
  }
  if ("kill" in action && action.afterAcknowledge) {
    ending.killAfter(action.kill);
    return false;
  }
  if ("kill" in action) kill(action.kill);
  reply.hijack();
  request.raw.socket.destroy();
  return true;
}

/** A process that is gone already is what was wanted. */
function kill(victims: Victims): void {
  for (const pid of [victims].flat()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
