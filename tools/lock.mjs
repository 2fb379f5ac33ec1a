// A lock between processes, without a server and without a wait that a crash
// could make endless.
//
// A lock is a folder of numbered files; the highest number is the owner's. Who
// wants the lock creates the next number (an atomic step that one of many wins)
// once the highest one is released or its process is gone. Nothing is ever
// taken away from its owner, so there is no moment at which a takeover could
// remove the lock of somebody who has just got it.
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listDir, makeCacheFolder, modifiedAt, toolCacheDir } from "./cache.mjs";
import { systemCode } from "./errors.mjs";
import { identifyProcess, isAlive, parseProcessTag, processTag } from "./process.mjs";

const POLL_MS = 250;
// The owner touches its file, for those who cannot see its process.
const HEARTBEAT_MS = 5_000;
const SILENT_MS = 60_000;
const RELEASED = "released";

/**
 * Runs `work` while holding a lock of the tool cache.
 *
 * @template T
 * @param {string} name what is locked; part of a file name
 * @param {{ onWait?: (pid: number) => void }} options onWait is called on each
 *   look while another process owns the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, options, work) {
  const release = await acquire(path.join(toolCacheDir(), "locks", name), options.onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * As withLock, with a wait shown as progress.
 *
 * @template T
 * @param {string} name
 * @param {string} label what the caller wants to do
 * @param {import("./progress.mjs").Progress} progress
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLockShown(name, label, progress, work) {
  /** @type {import("./progress.mjs").Step | undefined} */
  let waiting;
  /** @param {number} pid */
  const onWait = (pid) => {
    waiting ??= progress.step(`${label}: waiting for process ${pid}, which sets up tools`);
  };
  return await withLock(name, { onWait }, async () => {
    waiting?.done("it is done");
    return await work();
  });
}

/**
 * @param {string} dir
 * @param {((pid: number) => void) | undefined} onWait
 * @returns {Promise<() => void>} what releases the lock
 */
async function acquire(dir, onWait) {
  makeCacheFolder(dir);
  for (;;) {
    const highest = highestNumber(dir);
    const file = path.join(dir, String(highest));
    const owner = highest === 0 ? undefined : ownerOf(file);
    if (owner && isAlive(owner, { lastSeen: modifiedAt(file), allowed: SILENT_MS })) {
      onWait?.(owner.pid);
      await sleep(POLL_MS);
      continue;
    }
    const mine = highest + 1;
    if (!create(dir, mine)) continue;
    // A slow process may have created a number that was used and removed long
    // since; then a higher one is there, because numbers only grow.
    if (highestNumber(dir) !== mine) {
      rmSync(path.join(dir, String(mine)), { force: true });
      continue;
    }
    for (const name of listDir(dir)) {
      if (numberOf(name) < mine) rmSync(path.join(dir, name), { force: true });
    }
    return hold(path.join(dir, String(mine)));
  }
}

/**
 * @param {string} dir
 * @returns {number} 0 when nobody has locked it yet
 */
function highestNumber(dir) {
  return Math.max(0, ...listDir(dir).map(numberOf).filter(Number.isInteger));
}

/** @param {string} file */
function numberOf(file) {
  return /^\d+$/.test(file) ? Number(file) : Number.NaN;
}

/**
 * @param {string} file
 * @returns {import("./process.mjs").ProcessIdentity | undefined} undefined when released
 */
function ownerOf(file) {
  try {
    return parseProcessTag(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Creates a number with its content in one step; false when somebody has it.
 *
 * @param {string} dir
 * @param {number} number
 */
function create(dir, number) {
  const tag = processTag(identifyProcess());
  const draft = path.join(dir, `draft-${randomUUID()}`);
  writeFileSync(draft, tag);
  try {
    linkSync(draft, path.join(dir, String(number)));
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") return false;
    throw thrown;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {() => void}
 */
function hold(file) {
  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(file, now, now);
    } catch {
      // Somebody emptied the cache by hand: the build fails by itself then.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    const draft = `${file}-${RELEASED}`;
    writeFileSync(draft, RELEASED);
    renameSync(draft, file);
  };
}
