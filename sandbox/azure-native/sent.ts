import { AsyncLocalStorage } from "node:async_hooks";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { formatPath, isObject, type PropertyMap, type PropertyPath, type Value } from "./values.ts";

/** One PUT on its way. */
export interface Sending {
  /** Values that have to be in the request's body. */
  body: PropertyMap;
  /** Whether Azure took the request; an operation that it started can still fail. */
  accepted: boolean;
}

const current = new AsyncLocalStorage<Sending>();

/**
 * Runs one PUT, notes whether Azure accepts it, and makes sure that all of its body reaches the wire.
 * The SDKs are made for other API versions than azure-native's and leave out, without a word, what
 * they do not know: the program would converge here and mean something else on Azure.
 *
 * @throws from within `send`, before the request leaves, naming the properties that would be lost
 */
export function tracked<T>(sending: Sending, send: () => Promise<T>): Promise<T> {
  return current.run(sending, send);
}

/** Goes into the pipeline of every client, before its retries. */
export const sentBodyPolicy: PipelinePolicy = {
  name: "sentBodyPolicy",
  async sendRequest(request, next) {
    const sending = current.getStore();
    if (!sending || request.method !== "PUT") return next(request);
    const body: unknown = typeof request.body === "string" ? JSON.parse(request.body) : {};
    const lost = notSent(sending.body, body as Value);
    if (lost.length > 0) {
      const names = lost.map((path) => `'${path}'`).join(", ");
      throw new Error(`the SDK that this stand-in sends with does not carry ${names}`);
    }
    const response = await next(request);
    sending.accepted = response.status < 300;
    return response;
  },
};

/**
 * Paths of values in `expected` that `body` does not have. A serialiser moves and renames properties
 * (flattening), so a value is found by its name and what it is, and else by what it is alone; one
 * value of the body never stands for two.
 */
export function notSent(expected: PropertyMap, body: Value): string[] {
  const available = leavesOf(body);
  const renamed = leavesOf(expected).filter((leaf) => !take(available, (each) => same(leaf, each)));
  const lost = renamed.filter((leaf) => !take(available, ({ value }) => value === leaf.value));
  return lost.map(({ path }) => formatPath(path));
}

interface Leaf {
  path: PropertyPath;
  value: Value;
}

function take(leaves: Leaf[], matches: (leaf: Leaf) => boolean): boolean {
  const index = leaves.findIndex(matches);
  if (index >= 0) leaves.splice(index, 1);
  return index >= 0;
}

function same(a: Leaf, b: Leaf): boolean {
  return a.value === b.value && a.path.at(-1) === b.path.at(-1);
}

/** Every plain value; of an object whose keys are ids (user-assigned identities) the keys too. */
function leavesOf(value: Value, path: PropertyPath = []): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (!isObject(value)) return value === null ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([name, item]) => [
    ...(name.startsWith("/") ? [{ path, value: name }] : []),
    ...leavesOf(item, [...path, name]),
  ]);
}
