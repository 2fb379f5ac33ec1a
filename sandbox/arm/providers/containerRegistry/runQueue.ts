import type { TaskRunner, TaskRunRequest, TaskRunResult } from "../../../contract.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Store } from "../../core/store.ts";
import { logWriter } from "./runLogs.ts";
import { changedRun, RUN_TYPE, UNFINISHED } from "./runs.ts";

/** Runs at once, over all registries. */
const AGENTS = 4;

/** Runs what is scheduled, in order, and writes down how it went. */
export interface RunQueue {
  add(runResourceId: string, request: TaskRunRequest): void;
  cancel(runResourceId: string): void;
  /** Ends runs that were under way when the process ended: they are `Error`, as when an agent is lost. */
  abandonUnfinished(): void;
  /** Stops what runs and writes nothing about it. */
  close(): void;
}

export function createRunQueue(store: Store, runner: TaskRunner, stateDir: string): RunQueue {
  const waiting: { id: string; request: TaskRunRequest }[] = [];
  const running = new Map<string, AbortController>();
  let closed = false;

  const update = (id: string, change: JsonObject) => {
    if (closed) return;
    store.transaction(() => {
      const run = store.get(id);
      // Gone with its registry: nothing is left to write to.
      if (run !== undefined) store.put(changedRun(run, change));
    });
  };

  const pump = () => {
    while (!closed && running.size < AGENTS) {
      const next = waiting.shift();
      if (next === undefined) return;
      const controller = new AbortController();
      running.set(next.id, controller);
      void carryOut(next.id, next.request, controller).finally(() => {
        running.delete(next.id);
        pump();
      });
    }
  };

  const carryOut = async (id: string, request: TaskRunRequest, controller: AbortController) => {
    const log = logWriter(stateDir, id);
    update(id, { status: "Running", startTime: new Date().toISOString() });
    const result = await runner
      .run(request, log, controller.signal)
      .catch((error: unknown): TaskRunResult | Error =>
        error instanceof Error ? error : new Error(String(error)),
      );
    update(id, ended(result, controller.signal.aborted));
  };

  return {
    add(id, request) {
      waiting.push({ id, request });
      pump();
    },
    cancel(id) {
      const at = waiting.findIndex((entry) => entry.id === id);
      if (at < 0) {
        running.get(id)?.abort();
        return;
      }
      waiting.splice(at, 1);
      update(id, { status: "Canceled", finishTime: new Date().toISOString() });
    },
    abandonUnfinished() {
      store.transaction(() => {
        for (const run of store.under("/subscriptions/")) {
          if (run.type !== RUN_TYPE || !UNFINISHED.includes(String(run.properties.status)))
            continue;
          store.put(
            changedRun(run, {
              status: "Error",
              finishTime: new Date().toISOString(),
              runErrorMessage: "The agent that ran it was lost.",
            }),
          );
        }
      });
    },
    close() {
      closed = true;
      for (const controller of running.values()) controller.abort();
    },
  };
}

function ended(result: TaskRunResult | Error, canceled: boolean): JsonObject {
  const finishTime = new Date().toISOString();
  if (result instanceof Error) {
    return {
      status: canceled ? "Canceled" : "Error",
      finishTime,
      runErrorMessage: canceled ? "The run was canceled." : result.message,
    };
  }
  return {
    status: result.status,
    finishTime,
    outputImages: result.outputImages.map((image) => ({ ...image })),
    ...(result.errorMessage === undefined ? {} : { runErrorMessage: result.errorMessage }),
  };
}
