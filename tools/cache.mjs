// The tool cache: where tools live, what an entry is called, when it counts as
// whole. An entry is a folder that was filled elsewhere in the cache and then
// renamed into place, so that it is there completely or not at all.
import { createHash } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { messageOf, ToolError } from "./errors.mjs";
import { identifyProcess, isAlive, parseProcessTag, processTag } from "./process.mjs";

/** @typedef {{ dir: string, id: string, version: string, bins: readonly string[] }} Entry */

const STAMP = ".complete.json";
// Longer than any build: a scratch folder of another machine is left alone for it.
const FOREIGN_SCRATCH_MS = 24 * 60 * 60 * 1000;

/**
 * The folder that holds every tool: `SLIPWAY_TOOLS`, else the platform's cache
 * folder.
 *
 * @param {Readonly<Record<string, string | undefined>>} [env]
 * @param {NodeJS.Platform} [platform]
 * @returns {string} an absolute path; it need not exist
 */
export function toolCacheDir(env = process.env, platform = process.platform) {
  if (env.SLIPWAY_TOOLS) return path.resolve(env.SLIPWAY_TOOLS);
  const home = os.homedir();
  if (platform === "darwin") return path.join(home, "Library", "Caches", "slipway");
  if (platform === "win32") {
    const local = env.LOCALAPPDATA || path.join(home, "AppData", "Local");
    return path.join(local, "slipway", "Cache");
  }
  // The XDG specification says that a relative path is to be ignored.
  const xdg = env.XDG_CACHE_HOME;
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(home, ".cache"), "slipway");
}

/**
 * The platform in Go's words, such as "linux-amd64".
 *
 * @returns {{ os: string, arch: string, exe: string }}
 */
export function goPlatform() {
  const goOs = process.platform === "win32" ? "windows" : process.platform;
  const arch = process.arch === "x64" ? "amd64" : process.arch === "ia32" ? "386" : process.arch;
  return { os: goOs, arch, exe: process.platform === "win32" ? ".exe" : "" };
}

/**
 * The first 12 hex digits of a sha256 over folders' files (name, length and
 * content of each, in the order of their names) and over further strings.
 *
 * @param {readonly string[]} folders
 * @param {readonly string[]} strings
 * @returns {string}
 */
export function contentKey(folders, strings) {
  const hash = createHash("sha256");
  /** @param {string | Buffer} part */
  const add = (part) => {
    hash.update(`${Buffer.byteLength(part)}:`);
    hash.update(part);
  };
  for (const folder of folders) {
    for (const file of filesUnder(folder)) {
      add(file);
      add(readFileSync(path.join(folder, file)));
    }
  }
  for (const text of strings) add(text);
  return hash.digest("hex").slice(0, 12);
}

/**
 * Whether an entry is complete: its stamp, which is written last, is there and
 * each of its programs has the size that the stamp tells.
 *
 * @param {Entry} entry
 * @returns {boolean}
 */
export function isComplete(entry) {
  try {
    /** @type {unknown} */
    const stamp = JSON.parse(readFileSync(path.join(entry.dir, STAMP), "utf8"));
    if (typeof stamp !== "object" || stamp === null || !("sizes" in stamp)) return false;
    const sizes = /** @type {Record<string, number>} */ (stamp.sizes);
    return entry.bins.every((bin) => statSync(path.join(entry.dir, bin)).size === sizes[bin]);
  } catch {
    return false;
  }
}

/**
 * A new empty folder in the cache for a half-done thing. Its name tells which
 * process owns it, so that a later set-up can remove what a killed one left.
 *
 * @param {string} label
 * @returns {string}
 */
export function makeScratch(label) {
  const dir = path.join(toolCacheDir(), "tmp", `${label}@${processTag(identifyProcess())}`);
  makeCacheFolder(path.dirname(dir));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  return dir;
}

/**
 * Makes a folder in the cache, with those above it.
 *
 * @param {string} dir
 * @throws {ToolError} "install_failed" where the cache cannot be written
 */
export function makeCacheFolder(dir) {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (thrown) {
    throw new ToolError(
      "install_failed",
      `The tool cache ${toolCacheDir()} cannot be written (${messageOf(thrown)}). Set SLIPWAY_TOOLS to a folder that can be, then run the command again.`,
    );
  }
}

/**
 * Stamps a filled scratch folder and moves it to its place in the cache.
 *
 * @param {string} scratch
 * @param {Entry} entry
 */
export function publish(scratch, entry) {
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const bin of entry.bins) sizes[bin] = statSync(path.join(scratch, bin)).size;
  const stamp = { id: entry.id, version: entry.version, sizes };
  writeFileSync(path.join(scratch, STAMP), `${JSON.stringify(stamp, null, 2)}\n`);
  mkdirSync(path.dirname(entry.dir), { recursive: true });
  // What is in the way is not complete (the caller looked, and holds the lock).
  rmSync(entry.dir, { recursive: true, force: true });
  renameSync(scratch, entry.dir);
}

/** Removes the scratch folders of set-ups that are no longer running. */
export function sweepScratch() {
  const tmp = path.join(toolCacheDir(), "tmp");
  for (const name of listDir(tmp)) {
    const dir = path.join(tmp, name);
    const owner = parseProcessTag(name.slice(name.lastIndexOf("@") + 1));
    const sign = { lastSeen: modifiedAt(dir), allowed: FOREIGN_SCRATCH_MS };
    if (owner && isAlive(owner, sign)) continue;
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * The names in a folder; none where there is no such folder.
 *
 * @param {string} dir
 * @returns {string[]}
 */
export function listDir(dir) {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/**
 * When a file was last written.
 *
 * @param {string} file
 * @returns {number} milliseconds since the epoch; 0 when it is gone
 */
export function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * @param {string} folder
 * @returns {string[]} paths of all files below, with forward slashes, sorted by code unit
 */
function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => path.relative(folder, path.join(item.parentPath, item.name)))
    .map((file) => file.split(path.sep).join("/"))
    .sort();
}
