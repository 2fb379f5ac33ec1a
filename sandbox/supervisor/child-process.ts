import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MILLISECONDS = 25;
const STOP_MILLISECONDS = 10_000;
const SETPRIV = "/usr/bin/setpriv";

/**
 * Starts a program whose output goes to a file. Where the system can, the program is told to end
 * when this process dies, however that happens.
 */
export function startProgram(
  program: string,
  args: readonly string[],
  options: { logFile: string; env: NodeJS.ProcessEnv },
): ChildProcess {
  const log = openSync(options.logFile, "a");
  const tied = process.platform === "linux" && isExecutable(SETPRIV);
  const [command, all] = tied
    ? [SETPRIV, ["--pdeathsig", "TERM", "--", program, ...args]]
    : [program, args];
  return spawn(command, all, { stdio: ["ignore", log, log], env: options.env });
}

/**
 * Waits until a child answers.
 * @param answers true when it does; a rejection counts as "not yet"
 * @throws when the child ends before, or time is up
 */
export async function waitUntil(
  child: ChildProcess,
  answers: () => Promise<boolean>,
  milliseconds: number,
): Promise<void> {
  let startError: Error | undefined;
  child.once("error", (error) => {
    startError = error;
  });
  const deadline = Date.now() + milliseconds;
  while (!(await answers().catch(() => false))) {
    if (startError !== undefined) throw startError;
    if (hasEnded(child)) throw new Error(`ended with ${child.exitCode ?? child.signalCode}`);
    if (Date.now() > deadline) throw new Error(`no answer within ${milliseconds} ms`);
    await sleep(POLL_MILLISECONDS);
  }
}

/** Ends a child, first politely, and waits until it is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MILLISECONDS);
  await ended;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
