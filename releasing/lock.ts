/** One release of a component at a time in a checkout. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { simpleGit } from "simple-git";
import writeFileAtomic from "write-file-atomic";
import { withFileLock } from "../registry/file-lock.ts";
import { SlipwayError } from "../schemas/problem.ts";
import { identifyProcess, isAlive, parseProcessTag, processTag } from "../tools/process.mjs";

/** Who has a lock, as its file says. */
interface Owner {
  /** Host, process id and start time: a process id alone is used again. */
  process: string;
  user: string;
  /** ISO time. */
  since: string;
}

/**
 * Runs work that releases a component. The lock of an owner that is provably gone is taken over; one
 * on another machine is not provable, and left alone.
 *
 * @throws SlipwayError `release-locked` that names the owner
 */
export async function whileReleasing<T>(
  root: string,
  component: string,
  work: () => Promise<T>,
): Promise<T> {
  const file = join(await lockFolder(root), `slipway-release-${component}.json`);
  const mine = await take(file, component);
  try {
    return await work();
  } finally {
    if (JSON.stringify(await ownerOf(file)) === JSON.stringify(mine))
      await rm(file, { force: true });
  }
}

/** Git's own folder, which no commit sees; each work tree has one of its own. */
async function lockFolder(root: string): Promise<string> {
  try {
    return (await simpleGit(root).revparse(["--absolute-git-dir"])).trim();
  } catch {
    return join(root, "releases");
  }
}

async function take(file: string, component: string): Promise<Owner> {
  await mkdir(dirname(file), { recursive: true });
  // Of two that look at the lock of one that is gone, one has taken it before the other looks.
  return withFileLock(`${file}.guard`, async () => {
    const owner = await ownerOf(file);
    if (owner !== undefined && !isGone(owner)) throw lockedBy(owner, file, component);
    const mine = {
      process: processTag(identifyProcess()),
      user: userName(),
      since: new Date().toISOString(),
    };
    await writeFileAtomic(file, JSON.stringify(mine));
    return mine;
  });
}

/** In a container a user's number need not have a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "?"}`;
  }
}

/** Undefined where there is no lock, or one that says nothing of its owner. */
async function ownerOf(file: string): Promise<Owner | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    const { process, user, since }: Partial<Record<string, unknown>> = JSON.parse(text);
    if (typeof process !== "string" || typeof user !== "string" || typeof since !== "string") {
      return undefined;
    }
    return { process, user, since };
  } catch {
    return undefined;
  }
}

function isGone({ process }: Owner): boolean {
  const identity = parseProcessTag(process);
  const always = { lastSeen: 0, allowed: Number.POSITIVE_INFINITY };
  return identity === undefined || !isAlive(identity, always);
}

function lockedBy({ process, user, since }: Owner, file: string, component: string): SlipwayError {
  const { host, pid } = parseProcessTag(process) ?? { host: "?", pid: 0 };
  return new SlipwayError({
    code: "release-locked",
    message: `${component} is being released by ${user}@${host} (pid ${pid}) since ${since}; wait for it to end, or, where that machine is gone, remove ${file}`,
  });
}
