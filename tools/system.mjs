// Tools that come from the system's own packages. They are installed only where
// nobody is surprised by it: as root, or in CI.

import { ToolError } from "./errors.mjs";
import { findTool, onPath } from "./find.mjs";
import { withLockShown } from "./lock.mjs";
import { mustRun, runProgram } from "./run.mjs";

/** @typedef {{ name: string, install: string[], refresh?: string[] }} Manager */

/** @type {readonly Manager[]} */
const MANAGERS = [
  {
    name: "apt-get",
    install: ["install", "-y", "--no-install-recommends"],
    refresh: ["update"],
  },
  { name: "dnf", install: ["install", "-y"] },
  { name: "yum", install: ["install", "-y"] },
  { name: "apk", install: ["add"], refresh: ["update"] },
  { name: "pacman", install: ["-S", "--noconfirm"], refresh: ["-Sy"] },
  { name: "zypper", install: ["--non-interactive", "install"] },
  { name: "brew", install: ["install"] },
];

/**
 * Sees to it that a system tool is there.
 *
 * @param {string} name the program's name, which is its package's too
 * @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<string>} its path
 * @throws {ToolError} "tool_missing" or "unsupported" with one sentence that says what to install
 */
export async function ensureSystemTool(name, progress) {
  const present = findTool(name);
  if (present !== undefined) return present;
  if (name === "runc" && process.platform !== "linux") {
    throw new ToolError(
      "unsupported",
      `runc runs containers on Linux only, and this is ${process.platform}: use a Linux machine, a virtual one or WSL 2.`,
    );
  }
  const manager = MANAGERS.find((candidate) => onPath(candidate.name) !== undefined);
  const isRoot = process.getuid?.() === 0;
  const isAllowed = manager?.name === "brew" ? inCi() : isRoot || inCi();
  if (manager === undefined || !isAllowed) {
    throw new ToolError("tool_missing", adviceFor(name, manager));
  }
  // Two package managers at once stop each other with an error.
  await withLockShown("system", name, progress, async () => {
    if (findTool(name) === undefined) await install(name, manager, isRoot, progress);
  });
  const found = findTool(name);
  if (found !== undefined) return found;
  throw new ToolError(
    "install_failed",
    `${manager.name} installed ${name}, but there is no program "${name}" on PATH. Install it by hand, then run the command again.`,
  );
}

/** Whether this is an unattended run, in which a missing test client is a failure. */
export function inCi() {
  const ci = process.env.CI;
  return ci !== undefined && ci !== "" && ci !== "false" && ci !== "0";
}

/**
 * @param {string} name
 * @param {Manager} manager
 * @param {boolean} isRoot
 * @param {import("./progress.mjs").Progress} progress
 */
async function install(name, manager, isRoot, progress) {
  const sudo = !isRoot && manager.name !== "brew" ? ["sudo", "-n"] : [];
  /** @param {readonly string[]} args */
  const command = (args) => {
    const [first = "", ...rest] = [...sudo, manager.name, ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return { command: first, args: rest, env };
  };
  const step = progress.step(`Installing ${name} with ${manager.name}`);
  const first = await runProgram(command([...manager.install, name]), step);
  if (first.code !== 0) {
    // A fresh container has no package lists yet.
    if (manager.refresh) await runProgram(command(manager.refresh), step);
    await mustRun(
      {
        ...command([...manager.install, name]),
        what: `The installation of ${name}`,
        failure: "install_failed",
        next: `install ${name} by hand, then run the command again.`,
      },
      step,
    );
  }
  step.done(`${name} installed with ${manager.name}`);
}

/**
 * @param {string} name
 * @param {Manager | undefined} manager
 */
function adviceFor(name, manager) {
  if (manager === undefined) {
    return `${name} is needed and not on PATH, and no known package manager is either: install ${name}, then run the command again.`;
  }
  const sudo = manager.name === "brew" ? "" : "sudo ";
  const how = `${sudo}${[manager.name, ...manager.install, name].join(" ")}`;
  return `${name} is needed and not on PATH: run "${how}", then run the command again.`;
}
