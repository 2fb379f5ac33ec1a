// The official engine, by way of the npm package `pulumi`: a launcher that
// fetches the CLI and its language hosts when it is first used.
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { isComplete, makeScratch, publish, sweepScratch } from "./cache.mjs";
import { PROJECT_DIR } from "./catalogue.mjs";
import { launcherEntry } from "./entries.mjs";
import { withLockShown } from "./lock.mjs";
import { npmCommand } from "./npm.mjs";
import { runProgram } from "./run.mjs";

const PACKAGE = "pulumi";
const NPM_TIMEOUT_MS = 30_000;
// The download is some 200 MB; where its site cannot be reached at all, the
// launcher itself gives up within ten seconds.
const FETCH_TIMEOUT_MS = 5 * 60_000;

/**
 * Fetches the official engine into the cache.
 *
 * @param {import("./progress.mjs").Progress} progress
 * @param {string} [modules] where the launcher may be installed already
 * @returns {Promise<boolean>} false where it is not to be had, which is no error:
 *   the engine can be built instead
 */
export async function fetchOfficialPulumi(
  progress,
  modules = path.join(PROJECT_DIR, "node_modules"),
) {
  const entry = launcherEntry();
  return await withLockShown("pulumi-npm", "pulumi", progress, async () => {
    if (isComplete(entry)) return true;
    sweepScratch();
    const scratch = makeScratch("pulumi-npm");
    const step = progress.step(`Fetching pulumi ${entry.version} with its npm launcher`);
    try {
      const bin = await launch(scratch, modules, entry.version, step);
      if (bin !== undefined) {
        const out = path.join(scratch, "out");
        renameSync(bin, out);
        publish(out, entry);
      }
      step.done(bin === undefined ? "not to be had here; it is built instead" : "fetched");
      return bin !== undefined;
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}

/**
 * @param {string} scratch
 * @param {string} modules
 * @param {string} version
 * @param {import("./progress.mjs").Step} step
 * @returns {Promise<string | undefined>} the folder with the engine and its language hosts
 */
async function launch(scratch, modules, version, step) {
  const installed = path.join(modules, PACKAGE);
  let launcher = installed;
  if (versionIn(installed) !== version) {
    const args = ["install", "--prefix", scratch, "--no-save", "--no-audit", "--no-fund"];
    const npm = npmCommand([...args, `${PACKAGE}@${version}`]);
    const install = await runProgram({ ...npm, cwd: scratch, timeoutMs: NPM_TIMEOUT_MS }, step);
    if (install.code !== 0) return undefined;
    launcher = path.join(scratch, "node_modules", PACKAGE);
  }
  const home = path.join(scratch, "home");
  const env = { ...process.env, PULUMI_HOME: home, PULUMI_VERSION: version };
  const run = await runProgram(
    {
      command: process.execPath,
      args: [path.join(launcher, "run.js"), "version"],
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeoutMs: FETCH_TIMEOUT_MS,
    },
    step,
  );
  const bin = path.join(home, "versions", version, "bin");
  const whole = launcherEntry().bins.every((file) => existsSync(path.join(bin, file)));
  return run.code === 0 && whole ? bin : undefined;
}

/**
 * @param {string} folder a package's folder
 * @returns {string | undefined} undefined when it is not installed
 */
function versionIn(folder) {
  try {
    /** @type {unknown} */
    const json = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    return typeof json === "object" && json !== null && "version" in json
      ? String(json.version)
      : undefined;
  } catch {
    return undefined;
  }
}
