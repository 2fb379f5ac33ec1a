import { randomUUID } from "node:crypto";
import { Ajv } from "ajv";

/** What a fault does to the request that it meets. */
export type FaultAction =
  | { status: number; code: string; message: string; retryAfter?: number }
  | { delayMs: number }
  /** The connection is cut without an answer. */
  | { drop: true }
  /** SIGKILL to processes (to their groups when negative), after the answer is out or instead of it. */
  | { kill: number | readonly number[]; afterAcknowledge: boolean };

export interface FaultSpec {
  /** `*` for every method. */
  method: string;
  /** Regular expression on the resource's path, without regard to case. */
  match: string;
  /** How many matching requests pass before the first that it meets; none when left out. */
  skip?: number;
  /** How many requests it meets before it is gone. */
  count: number;
  /** Whether the write has taken effect by then. */
  when: "before" | "after";
  action: FaultAction;
}

export interface Fault extends FaultSpec {
  id: string;
  /** Requests met so far. */
  met: number;
}

/** A fault and the matching requests that passed it by so far. */
interface Waiting extends Fault {
  passed: number;
}

export interface Faults {
  /** @throws Error when the specification is not valid */
  add(spec: unknown): Fault;
  list(): Fault[];
  remove(id: string): boolean;
  clear(): void;
  /** The first fault that meets the request; counts it. */
  take(method: string, path: string): Fault | undefined;
}

// 0 and -1 would signal everything, 1 is the machine's first process.
const pid = { type: "integer", not: { enum: [0, 1, -1] } };

const action = {
  anyOf: [
    {
      type: "object",
      required: ["status", "code", "message"],
      additionalProperties: false,
      properties: {
        status: { type: "integer", minimum: 400, maximum: 599 },
        code: { type: "string" },
        message: { type: "string" },
        retryAfter: { type: "integer", minimum: 0 },
      },
    },
    {
      type: "object",
      required: ["delayMs"],
      additionalProperties: false,
      properties: { delayMs: { type: "integer", minimum: 0, maximum: 600_000 } },
    },
    {
      type: "object",
      required: ["drop"],
      additionalProperties: false,
      properties: { drop: { const: true } },
    },
    {
      type: "object",
      required: ["kill", "afterAcknowledge"],
      additionalProperties: false,
      properties: {
        kill: { anyOf: [pid, { type: "array", minItems: 1, items: pid }] },
        afterAcknowledge: { type: "boolean" },
      },
    },
  ],
};

const schema = {
  type: "object",
  required: ["method", "match", "count", "when", "action"],
  additionalProperties: false,
  properties: {
    method: { enum: ["*", "GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"] },
    match: { type: "string", maxLength: 500 },
    skip: { type: "integer", minimum: 0 },
    count: { type: "integer", minimum: 1 },
    when: { enum: ["before", "after"] },
    action,
  },
};

/** Faults live as long as the process: a restart of the endpoint is without them. */
export function createFaults(): Faults {
  const validate = new Ajv({ allowUnionTypes: true }).compile<FaultSpec>(schema);
  const faults: Waiting[] = [];
  return {
    add(spec) {
      if (!validate(spec)) {
        const [error] = validate.errors ?? [];
        throw new Error(`invalid fault: ${error?.instancePath ?? ""} ${error?.message ?? ""}`);
      }
      new RegExp(spec.match, "i");
      const fault: Fault = { ...spec, id: randomUUID(), met: 0 };
      faults.push({ ...fault, passed: 0 });
      return fault;
    },
    list: () => faults.map(({ passed: _, ...fault }) => fault),
    remove(id) {
      const at = faults.findIndex((fault) => fault.id === id);
      if (at >= 0) faults.splice(at, 1);
      return at >= 0;
    },
    clear: () => void faults.splice(0),
    take(method, path) {
      const matching = faults.filter(
        (fault) =>
          fault.met < fault.count &&
          (fault.method === "*" || fault.method === method) &&
          new RegExp(fault.match, "i").test(path),
      );
      for (const fault of matching) {
        fault.passed += 1;
        if (fault.passed <= (fault.skip ?? 0)) continue;
        fault.met += 1;
        return fault;
      }
      return undefined;
    },
  };
}
