// Which process owns something on disk, and whether it still runs. A process id
// alone is not enough, because ids are used again: the start time goes with it.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";

/** @typedef {{ host: string, pid: number, start: string }} ProcessIdentity */

/** @type {ProcessIdentity | undefined} */
let self;

/**
 * This process.
 *
 * @returns {ProcessIdentity}
 */
export function identifyProcess() {
  self ??= { host: hostTag(), pid: process.pid, start: startTime(process.pid) ?? "unknown" };
  return self;
}

/**
 * Whether the process runs still. One of another machine or container (a cache
 * on a shared disk) cannot be asked: it counts as running while it has shown a
 * sign of life within the time allowed.
 *
 * @param {ProcessIdentity} owner
 * @param {{ lastSeen: number, allowed: number }} sign milliseconds
 * @returns {boolean}
 */
export function isAlive(owner, sign) {
  if (owner.host !== hostTag()) return Date.now() - sign.lastSeen < sign.allowed;
  const start = startTime(owner.pid);
  return start !== undefined && (start === owner.start || owner.start === "unknown");
}

/**
 * The identity as a part of a file name.
 *
 * @param {ProcessIdentity} owner
 * @returns {string}
 */
export function processTag(owner) {
  return `${owner.host}_${owner.pid}_${owner.start}`;
}

/**
 * @param {string} tag
 * @returns {ProcessIdentity | undefined} undefined when it is not such a tag
 */
export function parseProcessTag(tag) {
  const match = /^([^_]+)_(\d+)_([^_]+)$/.exec(tag);
  if (!match?.[1] || !match[2] || !match[3]) return undefined;
  return { host: match[1], pid: Number(match[2]), start: match[3] };
}

/** @returns {string} */
function hostTag() {
  return os.hostname().replace(/[^A-Za-z0-9.-]/g, "-") || "localhost";
}

/**
 * When a process was started, in whatever form the platform tells it.
 *
 * @param {number} pid
 * @returns {string | undefined} undefined when no such process runs
 */
function startTime(pid) {
  if (process.platform === "linux") {
    try {
      // The second field is the program's name in brackets and may hold spaces.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  if (process.platform !== "win32") {
    const ps = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
    });
    const text = ps.stdout?.trim().replace(/[^A-Za-z0-9]+/g, "-");
    return text || undefined;
  }
  try {
    process.kill(pid, 0);
    return "unknown";
  } catch {
    return undefined;
  }
}
