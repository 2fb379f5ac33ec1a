// Preloaded by tests (`node --import`) into one command: kills it before or after one named effect,
// at the very call that has it, or lets that find the disk full. Everything else runs as it is.
import childProcess from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";

/**
 * `spawn` matches the program and its arguments, joined by blanks; `rename` the target; `request`
 * method and path.
 * @type {{ call: "spawn" | "rename" | "request", match: string, skip: number, moment: "before" | "after" | "full" }}
 */
const point = JSON.parse(process.env.SLIPWAY_TEST_KILL ?? "null");
const pattern = new RegExp(point.match);
let passed = 0;

const FULL = Object.assign(new Error("ENOSPC: no space left on device, rename"), {
  code: "ENOSPC",
  errno: -28,
  syscall: "rename",
});

/** What is called, by the name of the call. */
const modules = { spawn: childProcess, rename: fs, request: http };

/**
 * The call with the effect: gets the original and its arguments.
 * @type {Record<string, (original: (...args: unknown[]) => any, args: any[]) => unknown>}
 */
const around = {
  spawn(original, [file, args, ...rest]) {
    const met = meets([file, ...(Array.isArray(args) ? args : [])].join(" "));
    const child = original(file, args, ...rest);
    return met ? child.prependListener("exit", die) : child;
  },
  rename(original, [from, to, callback]) {
    const met = meets(String(to));
    if (met && point.moment === "full") return callback(FULL);
    return original(from, to, (/** @type {Error | null} */ error) => {
      if (met && !error) die();
      callback(error);
    });
  },
  request(original, args) {
    const options = args.find((arg) => typeof arg === "object" && !(arg instanceof URL)) ?? {};
    const met = meets(`${options.method ?? "GET"} ${options.path ?? ""}`);
    const sent = original(...args);
    return met ? sent.prependListener("response", die) : sent;
  },
};

const module = modules[point.call];
const original = Reflect.get(module, point.call);
Reflect.set(module, point.call, (/** @type {unknown[]} */ ...args) =>
  around[point.call]?.(original, args),
);
syncBuiltinESMExports();

/** @param {string} text */
function meets(text) {
  if (!pattern.test(text) || passed++ !== point.skip) return false;
  if (point.moment === "before") die();
  return true;
}

function die() {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way: nothing more is to happen here.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
