import path from "node:path";
import { type Database, open } from "lmdb";
import type { ArmErrorDetail } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** A resource as it is kept. `sealed` and `state` are never answered. */
export interface ResourceRecord {
  /** With the case it was created with. */
  id: string;
  /** Canonical case, `Microsoft.App/containerApps`. */
  type: string;
  name: string;
  location?: string;
  tags?: Record<string, string>;
  identity?: JsonObject;
  sku?: JsonObject;
  kind?: string;
  properties: JsonObject;
  /** Secrets by name, sealed by the vault. */
  sealed: Record<string, string>;
  /** Bookkeeping of the resource type. */
  state: JsonObject;
  /** Id of the operation that runs on it. */
  operation?: string;
  createdAt: string;
  changedAt: string;
}

export type OperationStatus = "InProgress" | "Succeeded" | "Failed" | "Canceled";

export interface OperationRecord {
  id: string;
  kind: string;
  resourceId: string;
  apiVersion: string;
  status: OperationStatus;
  startTime: string;
  endTime?: string;
  /** Milliseconds since the epoch at which it is to end. */
  dueAt: number;
  error?: ArmErrorDetail & { status: number };
  payload: JsonObject;
}

/** Durable state: what a transaction wrote is on disk's side of a crash when `transaction` returns. */
export interface Store {
  /** Runs `work` atomically; everything it wrote is undone when it throws. */
  transaction<T>(work: () => T): T;
  /** Runs `then` once the transaction under way is committed; at once when there is none. */
  afterCommit(then: () => void): void;
  get(id: string): ResourceRecord | undefined;
  put(record: ResourceRecord): void;
  remove(id: string): void;
  /** Resources whose id begins with `prefix`, in order of id. */
  under(prefix: string): ResourceRecord[];
  /** Number of resources directly in the collection `prefix` (which ends in a slash). */
  countIn(prefix: string): number;
  getOperation(id: string): OperationRecord | undefined;
  putOperation(operation: OperationRecord): void;
  removeOperation(id: string): void;
  operations(): OperationRecord[];
  /** Next value of a durable counter, from 1. */
  next(counter: string): number;
  /** Id of the resource that holds a globally unique name. */
  nameOwner(kind: string, name: string): string | undefined;
  setNameOwner(kind: string, name: string, id: string | undefined): void;
  flag(key: string): JsonObject | undefined;
  setFlag(key: string, value: JsonObject): void;
  close(): Promise<void>;
}

const LAST = "\uffff";

/** @param stateDir folder that gets `state.mdb` */
export function openStore(stateDir: string): Store {
  const root = open({ path: path.join(stateDir, "state.mdb"), maxDbs: 8 });
  const table = <T>(name: string): Database<T, string> =>
    root.openDB<T, string>({ name, encoding: "json" });
  const resources = table<ResourceRecord>("resources");
  const operations = table<OperationRecord>("operations");
  const counters = table<number>("counters");
  const names = table<string>("names");
  const flags = table<JsonObject>("flags");
  let depth = 0;
  let committed: (() => void)[] = [];
  const key = (id: string) => id.toLowerCase();
  return {
    transaction(work) {
      if (depth > 0) return work();
      committed = [];
      depth += 1;
      try {
        // In one piece with what it read, as nothing else writes (LMDB has a single writer).
        const result = root.transactionSync(work);
        depth -= 1;
        for (const then of committed.splice(0)) then();
        return result;
      } catch (error) {
        depth = 0;
        committed = [];
        throw error;
      }
    },
    afterCommit(then) {
      if (depth > 0) committed.push(then);
      else then();
    },
    get: (id) => resources.get(key(id)),
    put: (record) => resources.putSync(key(record.id), record),
    remove: (id) => void resources.removeSync(key(id)),
    under: (prefix) => [
      ...resources
        .getRange({ start: key(prefix), end: key(prefix) + LAST })
        .map((entry) => entry.value),
    ],
    countIn(prefix) {
      const start = key(prefix);
      const keys = [...resources.getKeys({ start, end: start + LAST })];
      return keys.filter((found) => !found.slice(start.length).includes("/")).length;
    },
    getOperation: (id) => operations.get(id),
    putOperation: (operation) => operations.putSync(operation.id, operation),
    removeOperation: (id) => void operations.removeSync(id),
    operations: () => [...operations.getRange({}).map((entry) => entry.value)],
    next(counter) {
      const value = (counters.get(counter) ?? 0) + 1;
      counters.putSync(counter, value);
      return value;
    },
    nameOwner: (kind, name) => names.get(key(`${kind}/${name}`)),
    setNameOwner(kind, name, id) {
      if (id === undefined) names.removeSync(key(`${kind}/${name}`));
      else names.putSync(key(`${kind}/${name}`), id);
    },
    flag: (name) => flags.get(name),
    setFlag: (name, value) => flags.putSync(name, value),
    close: () => root.close(),
  };
}
