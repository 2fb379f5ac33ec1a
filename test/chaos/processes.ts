/** Processes of one run, known by a variable in their environment (Linux: `/proc`). */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Every process inherits it from the command that a test starts. */
export const MARKER = "SLIPWAY_CHAOS_RUN";

const POLL_MS = 5;
const PATIENCE_MS = 60_000;

/** Those that run now; one that ended and waits for its parent counts no more. */
export function processesOf(marker: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(`${MARKER}=${marker}`))
    .filter((pid) => !/^Z/.test(read(`/proc/${pid}/stat`).replace(/^.*\) /s, "")));
}

/**
 * Waits until a command has started an engine of some kind.
 * @param parent process id of the command
 * @param verb of `pulumi`, such as `up`
 * @returns the engine's process id; undefined when the command ended without one
 */
export async function engineOf(parent: number, verb: string): Promise<number | undefined> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const children = read(`/proc/${parent}/task/${parent}/children`).split(" ").map(Number);
    const engine = children.find((pid) => {
      const [program = "", first] = read(`/proc/${pid}/cmdline`).split("\0");
      return program.endsWith("/pulumi") && first === verb;
    });
    if (engine !== undefined) return engine;
    if (read(`/proc/${parent}/cmdline`) === "") return undefined;
    await sleep(POLL_MS);
  }
  throw new Error(`no engine within ${PATIENCE_MS} ms`);
}

/** Kills what is left, as often as something is. */
export async function killAll(marker: string): Promise<void> {
  for (let pids = processesOf(marker); pids.length > 0; pids = processesOf(marker)) {
    for (const pid of pids) killOne(pid);
    await sleep(POLL_MS);
  }
}

/**
 * @returns the commands that still run after that time; without the engine's language host, which
 * only listens and looks for its engine every five minutes
 */
export async function survivors(marker: string, withinMs: number): Promise<string[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const commands = processesOf(marker)
      .map((pid) => read(`/proc/${pid}/cmdline`).split("\0").join(" "))
      .filter((command) => command !== "" && !/\/pulumi-language-nodejs /.test(command));
    if (commands.length === 0 || Date.now() > deadline) return commands;
    await sleep(20);
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Empty for a process that is gone, or not ours. */
function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
