import { setTimeout as sleep } from "node:timers/promises";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import {
  type EngineLock,
  isThere,
  judgeLock,
  type LockVerdict,
  localWorld,
  parseLocks,
  removeLock,
} from "../engine/locks.ts";
import { EngineFailure } from "../engine/process.ts";
import type { Note } from "../types.ts";

/** How often a live owner is looked at. */
const POLL_MS = 250;

/**
 * Runs work that takes the stack's lock. Where an owner that is provably dead left it behind, the
 * lock is removed and the work done again; with `wait` also once an owner on this machine has ended.
 *
 * @throws SlipwayError with code `engine-locked`, naming the owners, where one lives or may live
 */
export async function unlocked<T>(
  stack: string,
  note: Note,
  work: () => Promise<T>,
  { wait = false }: { wait?: boolean } = {},
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const locks = error instanceof EngineFailure ? parseLocks(error.output.stderr) : [];
      if (locks.length === 0) throw error;
      if (wait) await ended(stack, locks, note);
      await removeDead(stack, locks, note);
    }
  }
}

/** Waits for owners that run here. */
async function ended(stack: string, locks: readonly EngineLock[], note: Note): Promise<void> {
  const world = localWorld();
  for (const lock of locks) {
    let told = false;
    while (judgeLock(lock, world) === "alive" && isThere(lock)) {
      if (!told) note(`${stack}: waiting for ${owner(lock)}, which has the stack's lock`);
      told = true;
      await sleep(POLL_MS);
    }
  }
}

async function removeDead(stack: string, locks: readonly EngineLock[], note: Note): Promise<void> {
  const world = localWorld();
  const judged = locks.map((lock) => ({ lock, verdict: judgeLock(lock, world) }));
  const held = judged.filter(({ lock, verdict }) => verdict !== "dead" && isThere(lock));
  if (held.length > 0) {
    throw new SlipwayError(held.map(({ lock, verdict }) => heldBy(stack, lock, verdict)));
  }
  for (const lock of locks.filter(isThere)) {
    if (!(await removeLock(lock))) throw new SlipwayError(heldBy(stack, lock, "dead"));
    note(`${stack}: removed the lock of ${owner(lock)}, which does not run any more`);
  }
}

function heldBy(stack: string, lock: EngineLock, verdict: LockVerdict): Problem {
  const advice: Record<LockVerdict, string> = {
    alive: "it still runs: wait for it to end",
    foreign: `it runs on another machine or is gone: make sure that it is gone, then \`pulumi cancel --stack ${stack}\``,
    dead: `it is gone: run \`pulumi cancel --stack ${stack}\``,
  };
  return {
    code: "engine-locked",
    message: `the stack ${stack} is locked by ${owner(lock)} since ${lock.since.toISOString()}; ${advice[verdict]}`,
  };
}

function owner({ user, host, pid }: EngineLock): string {
  return `${user}@${host} (pid ${pid})`;
}
