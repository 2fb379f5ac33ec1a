import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import path from "node:path";

/** One request, written when its answer is out. No body, token, key or query is in it. */
export interface RequestLogEntry {
  /** From 1, without gaps, over all runs of the endpoint. */
  seq: number;
  /** ISO time at which the answer ended. */
  time: string;
  method: string;
  /** Path of the resource, without the query. */
  id: string;
  apiVersion: string;
  status: number;
  /** Whether a request of this kind changes anything. */
  write: boolean;
  /** `fault`: a fault's answer went out; `dropped`: the client did not get the whole answer. */
  outcome: "acknowledged" | "fault" | "dropped";
  /** The operation that the request started or polled. */
  operation?: string;
  /** Id of the fault that it met. */
  fault?: string;
  /** With a fault: whether the write took effect. */
  applied?: boolean;
}

export interface RequestLog {
  append(entry: Omit<RequestLogEntry, "seq" | "time">): void;
  entries(after: number): RequestLogEntry[];
}

/** @param stateDir folder of `requests.jsonl` */
export function openRequestLog(stateDir: string): RequestLog {
  const file = path.join(stateDir, "requests.jsonl");
  let seq = repair(file);
  return {
    append(entry) {
      seq += 1;
      const line = { seq, time: new Date().toISOString(), ...entry };
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    },
    entries: (after) => read(file).filter((entry) => entry.seq > after),
  };
}

/** Cuts off a line that a crash left half-written. @returns the last sequence number */
function repair(file: string): number {
  if (!existsSync(file)) return 0;
  const bytes = readFileSync(file);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) truncateSync(file, whole);
  return read(file).at(-1)?.seq ?? 0;
}

function read(file: string): RequestLogEntry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as RequestLogEntry);
}
