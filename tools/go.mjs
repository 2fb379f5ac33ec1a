// Builds a tool from its wrapper modules into the cache.
import { rmSync } from "node:fs";
import path from "node:path";
import {
  goPlatform,
  isComplete,
  makeScratch,
  publish,
  sweepScratch,
  toolCacheDir,
} from "./cache.mjs";
import { goEntry } from "./entries.mjs";
import { ToolError } from "./errors.mjs";
import { onPath } from "./find.mjs";
import { withLockShown } from "./lock.mjs";
import { mustRun } from "./run.mjs";

// One Go build at a time, of all set-ups that share a cache: a build uses every
// core anyway, and the module and build caches below are then one process's own.
const LOCK = "go";

/**
 * Builds a tool unless the cache has it.
 *
 * @param {import("./catalogue.mjs").GoTool} tool
 * @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<import("./cache.mjs").Entry>} a complete entry
 * @throws {ToolError} "tool_missing" without Go, "build_failed" with the last lines
 */
export async function ensureGoTool(tool, progress) {
  const entry = goEntry(tool);
  if (isComplete(entry)) return entry;
  return await withLockShown(LOCK, tool.id, progress, async () => {
    // Whoever held the lock before may have built it.
    if (!isComplete(entry)) await build(tool, entry, progress);
    return entry;
  });
}

/**
 * Removes what the builds downloaded and compiled on the way: gigabytes that
 * nothing needs once the programs are there. After a failed build it stays, so
 * that the next try goes on from there.
 *
 * @param {import("./progress.mjs").Progress} progress
 */
export async function removeGoCaches(progress) {
  await withLockShown(LOCK, "Clean-up", progress, async () => {
    rmSync(goHome(), { recursive: true, force: true });
  });
}

/**
 * @param {import("./catalogue.mjs").GoTool} tool
 * @param {import("./cache.mjs").Entry} entry
 * @param {import("./progress.mjs").Progress} progress
 */
async function build(tool, entry, progress) {
  const go = onPath("go");
  if (go === undefined) {
    throw new ToolError(
      "tool_missing",
      `${tool.bins.join(" and ")} ${entry.version} must be built from source, which needs Go, and there is no "go" on PATH. Install Go 1.25 or newer, then run the command again.`,
    );
  }
  sweepScratch();
  const scratch = makeScratch(tool.id);
  try {
    for (const part of tool.builds) {
      const flags = part.ldflags ? ["-ldflags", part.ldflags(entry.version)] : [];
      const step = progress.step(`Building ${path.basename(part.module)} ${entry.version}`);
      await mustRun(
        {
          command: go,
          // The separator at the end makes it a folder, whatever the number of packages.
          args: ["build", "-v", ...flags, "-o", scratch + path.sep, ...part.packages],
          cwd: part.module,
          env: goEnv(),
          what: `The build of ${path.basename(part.module)} ${entry.version}`,
          failure: "build_failed",
          next: "check that the module proxy can be reached and the disk has 10 GB free, then run the command again; it goes on where it stopped.",
        },
        step,
      );
      step.done("built");
    }
    publish(scratch, entry);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The environment of a build: the user's proxy settings stay, what would change
 * the result or touch the user's home does not.
 *
 * @returns {NodeJS.ProcessEnv}
 */
function goEnv() {
  const { os, arch } = goPlatform();
  return {
    ...process.env,
    GOPATH: goHome(),
    GOMODCACHE: path.join(goHome(), "mod"),
    GOCACHE: path.join(goHome(), "build"),
    // Go's own counters go to the user's configuration folder otherwise.
    TEST_TELEMETRY_DIR: path.join(goHome(), "telemetry"),
    GOFLAGS: "-mod=readonly -trimpath -buildvcs=false -modcacherw",
    GO111MODULE: "on",
    GOWORK: "off",
    GOOS: os,
    GOARCH: arch,
    CGO_ENABLED: "0",
    // The compiler collects less often, while it is small: a tenth of its time.
    GOGC: process.env.GOGC || "400",
    GOMEMLIMIT: process.env.GOMEMLIMIT || "2GiB",
  };
}

/** @returns {string} */
function goHome() {
  return path.join(toolCacheDir(), "go");
}
