// `az`: Azure's command line, in a Python environment of its own in the cache.
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isComplete, makeScratch, publish, sweepScratch } from "./cache.mjs";
import { AZ_DIR } from "./catalogue.mjs";
import { azBin, azEntry, azPython } from "./entries.mjs";
import { ToolError } from "./errors.mjs";
import { onPath } from "./find.mjs";
import { withLockShown } from "./lock.mjs";
import { mustRun } from "./run.mjs";

// The scripts that pip writes hold the path of the environment they were made
// in, which is not where it ends up: these find it from where they are.
const SH = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
AZ_INSTALLER=PIP exec "$here/bin/python" -m azure.cli "$@"
`;
const CMD = `@echo off\r
set AZ_INSTALLER=PIP\r
"%~dp0Scripts\\python.exe" -m azure.cli %*\r
`;
const NEXT =
  "check that Python 3.10 or newer is installed with its venv module and that pip reaches its index, then run the command again.";

/**
 * Sets `az` up unless the cache has it.
 *
 * @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<import("./cache.mjs").Entry>} a complete entry
 * @throws {ToolError} "tool_missing" without Python, else "install_failed"
 */
export async function ensureAz(progress) {
  const entry = azEntry();
  if (isComplete(entry)) return entry;
  return await withLockShown("az", "az", progress, async () => {
    if (!isComplete(entry)) await installAz(entry, progress);
    return entry;
  });
}

/**
 * @param {import("./cache.mjs").Entry} entry
 * @param {import("./progress.mjs").Progress} progress
 */
async function installAz(entry, progress) {
  const python = onPath("python3") ?? onPath("python");
  if (python === undefined) {
    throw new ToolError(
      "tool_missing",
      'az is a Python program, and there is no "python3" on PATH. Install Python 3.10 or newer, then run the command again.',
    );
  }
  sweepScratch();
  const scratch = makeScratch("az");
  const step = progress.step(`Installing az ${entry.version}`);
  const what = `The installation of az ${entry.version}`;
  try {
    const common = { what, failure: /** @type {const} */ ("install_failed"), next: NEXT };
    await mustRun({ ...common, command: python, args: ["-m", "venv", scratch] }, step);
    await mustRun(
      {
        ...common,
        command: path.join(scratch, azPython()),
        args: [
          "-m",
          "pip",
          "install",
          "--no-cache-dir",
          "--disable-pip-version-check",
          "-r",
          path.join(AZ_DIR, "requirements.txt"),
        ],
        env: { ...process.env, PIP_REQUIRE_VIRTUALENV: "false", PIP_USER: "false" },
      },
      step,
    );
    const bin = path.join(scratch, azBin());
    writeFileSync(bin, process.platform === "win32" ? CMD : SH);
    chmodSync(bin, 0o755);
    publish(scratch, entry);
    step.done(`az ${entry.version} installed`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
