// Where a tool is, without building or fetching anything: cheap enough to be
// asked at the start of every command.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";
import { goPlatform, isComplete } from "./cache.mjs";
import { GO_TOOLS, goToolOf, PYTHON_TOOLS, SYSTEM_TOOLS } from "./catalogue.mjs";
import { goEntry, launcherEntry, pythonBin, pythonEntry } from "./entries.mjs";

/** @typedef {import("./cache.mjs").Entry} Entry */
/** @typedef {{ path: string, from: "path" | "npm" | "built" | "pip", version?: string }} Found */

// Debian keeps runc where a plain user's PATH does not look.
const SYSTEM_DIRS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin"];
const DOCKER_TIMEOUT_MS = 2_000;

/**
 * The absolute path of a tool.
 *
 * @param {string} name as in catalogue.mjs, such as "pulumi" or "buildctl"
 * @returns {string | undefined} undefined when it is not set up yet
 */
export function findTool(name) {
  return locateTool(name)?.path;
}

/**
 * As findTool, with where the tool comes from.
 *
 * @param {string} name
 * @returns {Found | undefined}
 */
export function locateTool(name) {
  const { exe } = goPlatform();
  if (SYSTEM_TOOLS.includes(name)) {
    const found = onPath(name, SYSTEM_DIRS);
    return found === undefined ? undefined : { path: found, from: "path" };
  }
  const inPython = PYTHON_TOOLS[name];
  if (inPython !== undefined) return inEntry(pythonEntry(inPython), pythonBin(inPython), "pip");
  const tool = goToolOf(name);
  if (tool === undefined) return undefined;
  if (tool === GO_TOOLS.pulumi) {
    // An engine without its language host is of no use, so only a folder with both
    // counts (npm puts a lone launcher of that name on PATH).
    const dir = pathDirs().find((each) =>
      tool.bins.every((bin) => programIn(each, bin) !== undefined),
    );
    const mine = dir && programIn(dir, name);
    if (mine) return { path: mine, from: "path" };
    const official = inEntry(launcherEntry(), name + exe, "npm");
    if (official) return official;
  }
  return inEntry(goEntry(tool), name + exe, "built");
}

/**
 * What to put before PATH so that the engine finds its language host and the
 * builder finds runc and git: folders that PATH lacks, pulumi's first.
 *
 * @returns {string} "" when PATH has them all
 */
export function toolsEnvPath() {
  const present = pathDirs();
  const dirs = ["pulumi", "pulumi-language-nodejs", "git", "runc"]
    .map((name) => findTool(name))
    .filter((found) => found !== undefined)
    .map((found) => path.dirname(found))
    .filter((dir) => !present.includes(dir));
  return [...new Set(dirs)].join(path.delimiter);
}

/**
 * Why a test client could not be set up, as `npm test` passes it on. Tests name
 * it where they skip.
 *
 * @param {string} name
 * @returns {string | undefined} undefined when it is there
 */
export function whyMissing(name) {
  if (findTool(name) !== undefined) return undefined;
  /** @type {unknown} */
  const reasons = JSON.parse(process.env.SLIPWAY_MISSING_TOOLS || "{}");
  const reason =
    typeof reasons === "object" && reasons !== null
      ? /** @type {Record<string, string>} */ (reasons)[name]
      : undefined;
  return reason ?? `${name} is not set up: run "node tools/setup.mjs --for test"`;
}

/**
 * A BuildKit that runs already: the one that BUILDKIT_HOST names, else the one
 * of a Docker engine that answers. Of a Docker engine only a buildx builder on
 * the host's network is of use: it alone speaks BuildKit's own protocol and
 * reaches a registry on the loopback address.
 *
 * @returns {{ address: string, from: string } | undefined} the address is one for `buildctl --addr`
 */
export function findBuildKit() {
  const host = process.env.BUILDKIT_HOST;
  if (host) return { address: host, from: "BUILDKIT_HOST" };
  const docker = onPath("docker");
  const socket = process.env.DOCKER_HOST || process.platform === "win32";
  if (!docker || !(socket || existsSync("/var/run/docker.sock"))) return undefined;
  const names = docked(docker, [
    "ps",
    "--filter",
    "name=buildx_buildkit_",
    "--format",
    "{{.Names}}",
  ]);
  const builder = names.find(
    (name) => docked(docker, ["inspect", "-f", "{{.HostConfig.NetworkMode}}", name])[0] === "host",
  );
  return builder ? { address: `docker-container://${builder}`, from: "Docker" } : undefined;
}

/**
 * The first program of that name on PATH.
 *
 * @param {string} name
 * @param {readonly string[]} [more] folders to look in after PATH's
 * @returns {string | undefined}
 */
export function onPath(name, more = []) {
  for (const dir of [...pathDirs(), ...more]) {
    const file = programIn(dir, name);
    if (file !== undefined) return file;
  }
  return undefined;
}

/**
 * @param {string} dir
 * @param {string} name
 * @returns {string | undefined}
 */
function programIn(dir, name) {
  const suffixes = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  return suffixes.map((suffix) => path.join(dir, name + suffix)).find(isProgram);
}

/**
 * @param {Entry} entry
 * @param {string} bin
 * @param {Found["from"]} from
 * @returns {Found | undefined}
 */
function inEntry(entry, bin, from) {
  if (!isComplete(entry)) return undefined;
  return { path: path.join(entry.dir, bin), from, version: entry.version };
}

/** @returns {string[]} */
function pathDirs() {
  return (process.env.PATH ?? "").split(path.delimiter).filter((dir) => path.isAbsolute(dir));
}

/** @param {string} file */
function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * @param {string} docker
 * @param {string[]} args
 * @returns {string[]} the lines of its output; none when it fails
 */
function docked(docker, args) {
  const run = spawnSync(docker, args, { encoding: "utf8", timeout: DOCKER_TIMEOUT_MS });
  return run.status === 0 ? run.stdout.split("\n").filter((line) => line !== "") : [];
}
