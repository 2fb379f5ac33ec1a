// The project's own packages: `npm ci` when node_modules is not what the lock
// file says.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onPath } from "./find.mjs";
import { withLockShown } from "./lock.mjs";
import { mustRun } from "./run.mjs";

const STAMP = ".slipway-lock.json";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/**
 * Runs `npm ci` in a folder unless its packages are there.
 *
 * @param {string} root the folder with package-lock.json
 * @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<boolean>} whether it had to run
 */
export async function ensurePackages(root, progress) {
  if (isCurrent(root)) return false;
  const name = `npm-${createHash("sha256").update(root).digest("hex").slice(0, 12)}`;
  return await withLockShown(name, "npm packages", progress, async () => {
    if (isCurrent(root)) return false;
    // `npm install` by hand leaves what `npm ci` would, and no stamp of ours.
    if (!matchesHidden(root)) {
      const step = progress.step("Installing the packages of package-lock.json");
      await mustRun(
        {
          ...npmCommand(["ci", "--include=dev", "--no-audit", "--no-fund"]),
          cwd: root,
          what: "The installation of the npm packages",
          failure: "install_failed",
          next: "check that npm reaches its registry (npm ping), then run the command again.",
        },
        step,
      );
      step.done("npm packages installed");
    }
    mkdirSync(path.join(root, "node_modules"), { recursive: true });
    writeFileSync(path.join(root, "node_modules", STAMP), stampOf(root));
    return true;
  });
}

/**
 * How to run npm: with the npm that runs us, where there is one.
 *
 * @param {readonly string[]} args
 * @returns {{ command: string, args: string[] }}
 */
export function npmCommand(args) {
  const running = process.env.npm_execpath;
  if (running?.endsWith("npm-cli.js") && existsSync(running)) {
    return { command: process.execPath, args: [running, ...args] };
  }
  const beside = path.join(path.dirname(process.execPath), "node_modules/npm/bin/npm-cli.js");
  // On Windows `npm` is a script that cannot be started without a shell.
  if (existsSync(beside)) return { command: process.execPath, args: [beside, ...args] };
  return { command: onPath("npm") ?? "npm", args: [...args] };
}

/** @param {string} root */
function isCurrent(root) {
  try {
    return readFileSync(path.join(root, "node_modules", STAMP), "utf8") === stampOf(root);
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @returns {string} the lock file's checksum, and what native packages depend on
 */
function stampOf(root) {
  const lock = createHash("sha256").update(readFileSync(path.join(root, "package-lock.json")));
  const { platform, arch, versions } = process;
  const stamp = { lock: lock.digest("hex"), platform, arch, abi: versions.modules };
  return `${JSON.stringify(stamp)}\n`;
}

/**
 * Whether npm's own record of what it installed has the lock file's packages.
 *
 * @param {string} root
 */
function matchesHidden(root) {
  const wanted = packagesIn(path.join(root, "package-lock.json"));
  const present = packagesIn(path.join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  const same = Object.entries(wanted).every(([where, locked]) => {
    const found = present[where];
    if (found === undefined) return where === "" || locked.optional || locked.devOptional;
    return found.version === locked.version && found.integrity === locked.integrity;
  });
  return same && Object.keys(present).every((where) => where in wanted);
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function packagesIn(file) {
  try {
    /** @type {unknown} */
    const lock = JSON.parse(readFileSync(file, "utf8"));
    if (typeof lock !== "object" || lock === null || !("packages" in lock)) return undefined;
    return /** @type {Record<string, LockedPackage>} */ (lock.packages);
  } catch {
    return undefined;
  }
}
