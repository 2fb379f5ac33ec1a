import { dirname } from "node:path";
import lockfile from "proper-lockfile";
import { SlipwayError } from "../schemas/problem.ts";

/** A killed writer's lock is taken over after ten seconds. */
const STALE_MS = 10_000;
const PAUSE_MS = 50;
/** Long enough for a queue of writers, each of which takes a second or two. */
const PATIENCE_MS = 30_000;

/** How long a writer waits for the one before it. */
export interface LockPatience {
  patienceMs?: number;
}

/**
 * Does some work as the only one that does so under this lock.
 *
 * @param lock absolute path of the lock, in a folder that is there
 * @throws SlipwayError `file-locked` when another process keeps it; what the work throws
 */
export async function withFileLock<T>(
  lock: string,
  work: () => Promise<T>,
  { patienceMs = PATIENCE_MS }: LockPatience = {},
): Promise<T> {
  const release = await acquire(lock, patienceMs);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function acquire(lock: string, patienceMs: number): Promise<() => Promise<void>> {
  try {
    return await lockfile.lock(dirname(lock), {
      lockfilePath: lock,
      stale: STALE_MS,
      retries: { retries: Math.ceil(patienceMs / PAUSE_MS), factor: 1, minTimeout: PAUSE_MS },
    });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ELOCKED")) throw error;
    throw new SlipwayError(
      {
        code: "file-locked",
        message: `found ${lock} held by another command for ${patienceMs / 1000} s, expected it to be free; wait for that command or end it, then run this one again`,
      },
      { cause: error },
    );
  }
}
