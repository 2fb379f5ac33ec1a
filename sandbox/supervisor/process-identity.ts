import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";

/** A process, told apart from a later one that got the same id. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in whatever the system counts; only compared. */
  startTime: string;
}

const POLL_MILLISECONDS = 25;

/**
 * @returns undefined when there is no such process, or only its remains: a zombie none of whose
 * threads runs on. (While one does, the process still holds its ports and files.)
 */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = process.platform === "linux" ? await fromProc(pid) : await fromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startTime === identity.startTime;
}

/**
 * Ends a process and waits until it is gone: first politely, after `patience` ms by force. Does
 * nothing when the id belongs to another process by now.
 */
export async function endProcess(identity: ProcessIdentity, patience: number): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!(await isAlive(identity))) return;
    send(identity.pid, signal);
    const deadline = Date.now() + patience;
    while (Date.now() < deadline && (await isAlive(identity))) await sleep(POLL_MILLISECONDS);
  }
  if (await isAlive(identity)) throw new Error(`process ${identity.pid} does not end`);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ticks since boot, with the boot's id: ticks alone come again after a restart. */
async function fromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the name, which may hold anything, in parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" && Number(fields[17]) <= 1) return undefined;
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
  return `${boot.trim()}:${fields[19]}`;
}

async function fromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await execa("ps", ["-o", "lstart=", "-p", String(pid)], { reject: false });
  return stdout.trim() === "" ? undefined : stdout.trim();
}
