// Programs in Python, each with an environment of its own in the cache.
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isComplete, makeScratch, publish, sweepScratch } from "./cache.mjs";
import { python, pythonBin, pythonEntry } from "./entries.mjs";
import { ToolError } from "./errors.mjs";
import { onPath } from "./find.mjs";
import { withLockShown } from "./lock.mjs";
import { mustRun } from "./run.mjs";

/** @typedef {import("./catalogue.mjs").PythonTool} PythonTool */

const NEXT =
  "check that Python 3.10 or newer is installed with its venv module and that pip reaches its index, then run the command again.";

/**
 * Sets a Python tool up unless the cache has it.
 *
 * @param {PythonTool} tool
 * @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<import("./cache.mjs").Entry>} a complete entry
 * @throws {ToolError} "tool_missing" without Python, else "install_failed"
 */
export async function ensurePythonTool(tool, progress) {
  const entry = pythonEntry(tool);
  if (isComplete(entry)) return entry;
  return await withLockShown(tool.id, tool.id, progress, async () => {
    if (!isComplete(entry)) await install(tool, entry, progress);
    return entry;
  });
}

/**
 * @param {PythonTool} tool
 * @param {import("./cache.mjs").Entry} entry
 * @param {import("./progress.mjs").Progress} progress
 */
async function install(tool, entry, progress) {
  const system = onPath("python3") ?? onPath("python");
  if (system === undefined) {
    throw new ToolError(
      "tool_missing",
      `${tool.id} is a Python program, and there is no "python3" on PATH. Install Python 3.10 or newer, then run the command again.`,
    );
  }
  sweepScratch();
  const scratch = makeScratch(tool.id);
  const step = progress.step(`Installing ${tool.id} ${entry.version}`);
  const what = `The installation of ${tool.id} ${entry.version}`;
  try {
    const common = { what, failure: /** @type {const} */ ("install_failed"), next: NEXT };
    await mustRun({ ...common, command: system, args: ["-m", "venv", scratch] }, step);
    await mustRun(
      {
        ...common,
        command: path.join(scratch, python()),
        args: [
          "-m",
          "pip",
          "install",
          "--no-cache-dir",
          // Thousands of modules, of which few are ever loaded: Python compiles those by itself.
          "--no-compile",
          "--disable-pip-version-check",
          "-r",
          path.join(tool.dir, "requirements.txt"),
        ],
        env: { ...process.env, PIP_REQUIRE_VIRTUALENV: "false", PIP_USER: "false" },
      },
      step,
    );
    if (tool.command !== undefined) {
      const bin = path.join(scratch, pythonBin(tool));
      writeFileSync(bin, launcher(tool.command));
      chmodSync(bin, 0o755);
    }
    publish(scratch, entry);
    step.done(`${tool.id} ${entry.version} installed`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The scripts that pip writes hold the path of the environment they were made in, which is not
 * where it ends up: this one finds it from where it is.
 *
 * @param {string} module
 */
function launcher(module) {
  // AZ_INSTALLER is az's alone; it tells how to upgrade.
  return process.platform === "win32"
    ? `@echo off\r\nset AZ_INSTALLER=PIP\r\n"%~dp0Scripts\\python.exe" -m ${module} %*\r\n`
    : `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
AZ_INSTALLER=PIP exec "$here/bin/python" -m ${module} "$@"
`;
}
