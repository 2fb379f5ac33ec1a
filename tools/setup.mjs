// Sets up what the project needs: its npm packages and its tools. Plain Node.js
// without any package, because it runs before there are any.
//
//   node tools/setup.mjs [--for run|test]
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import {
  GO_TOOLS,
  goToolOf,
  PROJECT_DIR,
  PURPOSES,
  PYTHON_TOOLS,
  SYSTEM_TOOLS,
  TEST_CLIENTS,
} from "./catalogue.mjs";
import { engineProblem } from "./engine.mjs";
import { messageOf, ToolError } from "./errors.mjs";
import { findBuildKit, findTool, locateTool } from "./find.mjs";
import { ensureGoTool, removeGoCaches } from "./go.mjs";
import { fetchOfficialPulumi } from "./launcher.mjs";
import { ensurePackages } from "./npm.mjs";
import { progressOn } from "./progress.mjs";
import { ensurePythonTool } from "./python.mjs";
import { ensureSystemTool, inCi } from "./system.mjs";

export { toolCacheDir } from "./cache.mjs";

// What only a BuildKit of our own needs.
const BUILDKIT_PARTS = ["buildkitd", "runc"];

/** @typedef {import("./progress.mjs").Progress} Progress */

/**
 * Sees to it that tools are there. A second call finds them in the cache and
 * needs no network.
 *
 * @param {readonly string[]} names as in catalogue.mjs
 * @param {{ progress?: Progress }} [options]
 * @returns {Promise<Record<string, string>>} absolute paths by name. `buildkitd`
 *   and `runc` are left out where a BuildKit runs already (see findBuildKit)
 * @throws {ToolError}
 */
export async function ensure(names, options = {}) {
  const progress = options.progress ?? progressOn();
  /** @type {Record<string, string>} */
  const paths = {};
  let hasBuilt = false;
  const isBuildKitThere =
    names.some((name) => BUILDKIT_PARTS.includes(name)) && findBuildKit() !== undefined;
  for (const name of names) {
    if (isBuildKitThere && BUILDKIT_PARTS.includes(name)) continue;
    hasBuilt = (await ensureOne(name, progress)) || hasBuilt;
    paths[name] = /** @type {string} */ (findTool(name));
  }
  if (hasBuilt) await removeGoCaches(progress);
  return paths;
}

/**
 * Sets up everything for a purpose. A test client that cannot be had is an error
 * in CI; elsewhere it is reported, and its tests are skipped by name.
 *
 * @param {"run" | "test"} purpose
 * @param {{ progress?: Progress }} [options]
 * @returns {Promise<{ paths: Record<string, string>, missing: Record<string, string> }>}
 *   paths, and why what is missing is missing
 * @throws {ToolError}
 */
export async function setUp(purpose, options = {}) {
  const progress = options.progress ?? progressOn();
  checkNode(process.versions.node);
  checkBuildKit();
  checkEngine();
  await ensurePackages(PROJECT_DIR, progress);
  /** @type {Record<string, string>} */
  const missing = {};
  const required = PURPOSES[purpose].filter((name) => inCi() || !TEST_CLIENTS.includes(name));
  const paths = await ensure(required, { progress });
  for (const name of PURPOSES[purpose].filter((other) => !required.includes(other))) {
    try {
      Object.assign(paths, await ensure([name], { progress }));
    } catch (thrown) {
      if (!(thrown instanceof ToolError)) throw thrown;
      missing[name] = thrown.message;
      progress.note(`${name} could not be set up, so its tests are skipped: ${thrown.message}`);
    }
  }
  return { paths, missing };
}

/**
 * Said first: npm only warns of it, and then something else breaks.
 *
 * @param {string} version of Node.js
 * @throws {ToolError} "unsupported" for one that is older than package.json asks for
 */
export function checkNode(version) {
  /** @type {{ engines: { node: string } }} */
  const { engines } = JSON.parse(readFileSync(path.join(PROJECT_DIR, "package.json"), "utf8"));
  const least = engines.node.replace(/^>=/, "");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new ToolError(
    "unsupported",
    `Node.js ${version} is too old: install Node.js ${least} or newer, then run the command again.`,
  );
}

/**
 * Said before minutes are spent on builds.
 *
 * @throws {ToolError} "unsupported" for a user who can neither start a BuildKit nor has one
 */
function checkBuildKit() {
  const user = process.getuid?.();
  if (process.platform !== "linux" || user === 0 || findBuildKit() !== undefined) return;
  throw new ToolError(
    "unsupported",
    `The sandbox's BuildKit needs root, and this is user ${user}: run the command as root, or start a BuildKit and set BUILDKIT_HOST to its address, then run the command again.`,
  );
}

/**
 * Of an engine that the user brought; those of the cache are as pinned.
 *
 * @throws {ToolError} "unsupported" for one that will not do
 */
function checkEngine() {
  const engine = locateTool("pulumi");
  if (engine?.from !== "path") return;
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const run = spawnSync(engine.path, ["version"], { encoding: "utf8", timeout: 10_000, env });
  const problem = engineProblem(run.stdout ?? "", engine.path);
  if (problem !== undefined) throw new ToolError("unsupported", problem);
}

/**
 * @param {string} name
 * @param {Progress} progress
 * @returns {Promise<boolean>} whether something was built from Go source
 */
async function ensureOne(name, progress) {
  if (findTool(name) !== undefined) return false;
  if (SYSTEM_TOOLS.includes(name)) {
    await ensureSystemTool(name, progress);
    return false;
  }
  const inPython = PYTHON_TOOLS[name];
  if (inPython !== undefined) {
    await ensurePythonTool(inPython, progress);
    return false;
  }
  if (name === "buildkitd" && process.platform !== "linux") {
    throw new ToolError(
      "unsupported",
      `BuildKit's daemon runs on Linux only, and this is ${process.platform}: start one elsewhere, set BUILDKIT_HOST to its address, then run the command again.`,
    );
  }
  const tool = goToolOf(name);
  if (tool === undefined) {
    throw new ToolError(
      "usage",
      `There is no tool "${name}": expected one of ${PURPOSES.test.join(", ")}.`,
    );
  }
  if (tool === GO_TOOLS.pulumi && (await fetchOfficialPulumi(progress))) return false;
  await ensureGoTool(tool, progress);
  return true;
}

/**
 * One line per tool: name, version, where from, path.
 *
 * @param {readonly string[]} names
 * @param {Readonly<Record<string, string>>} missing
 * @returns {string[]}
 */
function report(names, missing) {
  const words = { path: "on PATH", npm: "npm launcher", built: "built", pip: "pip" };
  const running = names.includes("buildkitd") ? findBuildKit() : undefined;
  return names.map((name) => {
    if (name === "buildkitd" && running) return row(name, "running", running.from, running.address);
    if (name === "runc" && running) return row(name, "-", "not needed", "");
    const found = locateTool(name);
    if (found === undefined) return row(name, "-", "missing", missing[name]?.split("\n")[0] ?? "");
    return row(name, found.version ?? versionOf(name, found.path), words[found.from], found.path);
  });
}

/**
 * @param {string} name
 * @param {string} version
 * @param {string} from
 * @param {string} where
 */
function row(name, version, from, where) {
  return `${name.padEnd(28)} ${version.padEnd(10)} ${from.padEnd(12)} ${where}`;
}

/**
 * @param {string} name
 * @param {string} file
 */
function versionOf(name, file) {
  if (name === "pulumi-language-nodejs") return "-";
  const args = name === "pulumi" ? ["version"] : ["--version"];
  const run = spawnSync(file, args, { encoding: "utf8", timeout: 5_000 });
  return /\d+\.\d+\S*/.exec(run.stdout ?? "")?.[0] ?? "unknown";
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const purpose =
    args.length === 0 ? "run" : args[0] === "--for" && args.length === 2 ? args[1] : "";
  if (purpose !== "run" && purpose !== "test") {
    console.error(`setup: got "${args.join(" ")}", expected nothing, "--for run" or "--for test".`);
    return 2;
  }
  try {
    const { missing } = await setUp(purpose);
    for (const line of report(PURPOSES[purpose], missing)) console.log(line);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof ToolError)) throw thrown;
    console.error(messageOf(thrown));
    return 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
