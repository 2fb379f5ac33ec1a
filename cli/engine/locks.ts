/** Locks of the state that an engine left behind, and whether their owners still live. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";

/** One lock, as the engine names it when it meets it. */
export interface EngineLock {
  /** URL of the lock in the backend. */
  url: string;
  user: string;
  host: string;
  pid: number;
  since: Date;
}

/** `dead`: proven gone. `alive`: running here. `foreign`: on another machine, so not for us to tell. */
export type LockVerdict = "dead" | "alive" | "foreign";

/** What the verdict depends on. */
export interface LockWorld {
  host: string;
  /** When the process of that id started; undefined when there is none. */
  startOf(pid: number): Date | undefined;
}

const LOCK_LINE = /^\s*(\S+): created by (.*)@(\S+) \(pid (\d+)\) at (\S+)\s*$/gm;
/** Start times are rounded to seconds, twice. */
const ROUNDING_MS = 3_000;

/** @param stderr of an engine that found the stack locked; no locks where it says something else */
export function parseLocks(stderr: string): EngineLock[] {
  if (!stderr.includes("the stack is currently locked by")) return [];
  return [...stderr.matchAll(LOCK_LINE)].map(
    ([, url = "", user = "", host = "", pid = "", since = ""]) => ({
      url,
      user,
      host,
      pid: Number(pid),
      since: new Date(since),
    }),
  );
}

/** A process that started after the lock was taken has only inherited its owner's number. */
export function judgeLock(lock: EngineLock, world: LockWorld): LockVerdict {
  if (lock.host !== world.host) return "foreign";
  const started = world.startOf(lock.pid);
  if (started === undefined) return "dead";
  return started.getTime() > lock.since.getTime() + ROUNDING_MS ? "dead" : "alive";
}

/** This machine. */
export function localWorld(): LockWorld {
  return { host: hostname(), startOf: startOfProcess };
}

/** Whether a lock stands still; one in no local folder is taken to. */
export function isThere(lock: EngineLock): boolean {
  const file = fileOf(lock);
  return file === undefined || existsSync(file);
}

/**
 * Removes exactly this lock. `pulumi cancel` removes all of a stack's, also one that another run
 * has taken since.
 *
 * @returns false where the lock is in no local folder
 */
export async function removeLock(lock: EngineLock): Promise<boolean> {
  const file = fileOf(lock);
  if (file === undefined) return false;
  await rm(file, { force: true });
  return true;
}

function fileOf(lock: EngineLock): string | undefined {
  if (!lock.url.startsWith("file://")) return undefined;
  const url = new URL(lock.url);
  url.search = "";
  return fileURLToPath(url);
}

function startOfProcess(pid: number): Date | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  return startFromProc(pid) ?? startFromPs(pid) ?? new Date(0);
}

/** Linux: field 22 of `/proc/<pid>/stat`, in ticks of 1/100 s since boot. */
function startFromProc(pid: number): Date | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const boot = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1];
    // A zombie holds its number but does nothing any more.
    if (fields[0] === "Z") return new Date(8.64e15);
    const ticks = fields[19];
    if (boot === undefined || ticks === undefined) return undefined;
    return new Date(Number(boot) * 1000 + Number(ticks) * 10);
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): Date | undefined {
  try {
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
    const start = new Date(text.trim());
    return Number.isNaN(start.getTime()) ? undefined : start;
  } catch {
    return undefined;
  }
}
