import { randomUUID } from "node:crypto";
import { ArmError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Settings } from "./settings.ts";
import type { OperationRecord, ResourceRecord, Store } from "./store.ts";

/**
 * The end of one kind of operation. It does its slow work first, then returns what is to be written;
 * that runs in the transaction that also ends the operation, and throws an ArmError to fail it.
 * It is called again after a crash, so the slow work must be repeatable.
 */
export type OperationEnd = (operation: OperationRecord) => Promise<(failed?: ArmError) => void>;

export interface Operations {
  /** Names the end of a kind of operation; done for all kinds before `resume`. */
  define(kind: string, end: OperationEnd): void;
  /** Starts an operation on a resource and marks the resource busy; call inside a transaction. */
  start(
    kind: string,
    record: ResourceRecord,
    apiVersion: string,
    payload?: JsonObject,
  ): OperationRecord;
  /** Resolves when the operation has ended or the time is over. */
  settled(id: string, withinMs: number): Promise<void>;
  /** Carries on with what was under way when the process ended. */
  resume(): void;
  /** Stops the timers; unfinished operations stay unfinished in the store. */
  close(): void;
}

/** How long an ended operation can still be asked for after a restart. */
const REMEMBERED_MS = 86_400_000;

export function createOperations(store: Store, settings: () => Settings): Operations {
  const ends = new Map<string, OperationEnd>();
  const timers = new Set<NodeJS.Timeout>();
  const waiting = new Map<string, Set<() => void>>();
  let closed = false;

  const schedule = (operation: OperationRecord) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        void finish(operation);
      },
      Math.max(0, operation.dueAt - Date.now()),
    );
    timers.add(timer);
  };

  const finish = async (operation: OperationRecord) => {
    let failure: ArmError | undefined;
    let write: ((failed?: ArmError) => void) | undefined;
    try {
      const end = ends.get(operation.kind);
      if (end === undefined) throw new Error(`no operation of kind ${operation.kind}`);
      write = await end(operation);
    } catch (error) {
      failure = asArmError(error);
    }
    if (closed) return;
    try {
      store.transaction(() => {
        if (failure === undefined) write?.();
        settle(operation, failure);
      });
    } catch (error) {
      // The end refused: what it wrote is undone, and it is asked once more to write the failed state.
      const refused = asArmError(error);
      store.transaction(() => {
        write?.(refused);
        settle(operation, refused);
      });
    }
    for (const wake of waiting.get(operation.id) ?? []) wake();
    waiting.delete(operation.id);
  };

  const settle = (operation: OperationRecord, failure: ArmError | undefined) => {
    const record = store.get(operation.resourceId);
    if (record?.operation === operation.id) {
      const { operation: _ended, ...rest } = record;
      store.put(rest);
    }
    const ended = { ...operation, endTime: new Date().toISOString() };
    store.putOperation(
      failure === undefined
        ? { ...ended, status: "Succeeded" }
        : { ...ended, status: "Failed", error: { ...failure.detail, status: failure.status } },
    );
  };

  return {
    define: (kind, end) => void ends.set(kind, end),
    start(kind, record, apiVersion, payload = {}) {
      const { min, max } = settings().operationLatencyMs;
      const now = Date.now();
      const operation: OperationRecord = {
        id: randomUUID(),
        kind,
        resourceId: record.id,
        apiVersion,
        status: "InProgress",
        startTime: new Date(now).toISOString(),
        dueAt: now + Math.round(min + Math.random() * (max - min)),
        payload,
      };
      store.putOperation(operation);
      store.put({ ...record, operation: operation.id });
      store.afterCommit(() => schedule(operation));
      return operation;
    },
    settled(id, withinMs) {
      if (store.getOperation(id)?.status !== "InProgress" || withinMs <= 0) {
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const waiters = waiting.get(id) ?? new Set();
        const wake = () => {
          clearTimeout(timer);
          timers.delete(timer);
          waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, withinMs);
        timers.add(timer);
        waiters.add(wake);
        waiting.set(id, waiters);
      });
    },
    resume() {
      const forgotten = new Date(Date.now() - REMEMBERED_MS).toISOString();
      for (const operation of store.operations()) {
        if (operation.status === "InProgress") {
          // No later than an operation that starts now: a slow setting ended with its process.
          const latest = Date.now() + settings().operationLatencyMs.max;
          schedule({ ...operation, dueAt: Math.min(operation.dueAt, latest) });
        } else if ((operation.endTime ?? "") < forgotten) store.removeOperation(operation.id);
      }
    },
    close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      for (const waiters of waiting.values()) for (const wake of [...waiters]) wake();
    },
  };
}

function asArmError(error: unknown): ArmError {
  if (error instanceof ArmError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ArmError(500, "InternalServerError", message);
}
