import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import lockfile from "proper-lockfile";
import writeFileAtomic from "write-file-atomic";
import { SlipwayError } from "../schemas/problem.ts";
import { toolCacheDir } from "../tools/cache.mjs";
import { type Git, GitFailure } from "./git.ts";

/** Long enough for another process's first fetch of a large repository. */
const LOCK = {
  stale: 30_000,
  update: 5_000,
  realpath: false,
  retries: { retries: 6000, factor: 1, minTimeout: 100 },
};

/** Signs that a killed git, and not the remote, is why a fetch fails. */
const DAMAGED =
  /\.lock': File exists|not a git repository|corrupt|bad object|is empty|unable to read|did not send all necessary objects/i;

/** Everything that the remote has, and nothing that it has no more. */
const REFSPECS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/** Goes before what a repository says itself: files are written as they are stored. */
const ATTRIBUTES = "* -text -ident !eol !filter !working-tree-encoding\n";

/**
 * Folder of a repository's mirror, in `SLIPWAY_SOURCES` or the cache of this platform.
 *
 * @param url the address that git is told: what two endpoint maps lead to is two repositories
 */
export function mirrorFolder(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const key = createHash("sha256").update(url, "utf8").digest("hex");
  return join(env.SLIPWAY_SOURCES || join(toolCacheDir(env), "sources"), `${key}.git`);
}

/** Runs work that writes the mirror: of two processes one goes first. */
export async function whileLocked<T>(directory: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(directory), { recursive: true });
  const release = await lockfile.lock(directory, {
    ...LOCK,
    lockfilePath: `${directory}.lock`,
    // A machine that slept may have lost it; git's own locks keep the mirror whole.
    onCompromised: () => {},
  });
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}

/**
 * Makes the mirror equal to its remote. One that a killed process left damaged is made anew.
 *
 * @throws GitFailure when the remote cannot be read
 */
export async function updateMirror(directory: string, url: string, git: Git): Promise<void> {
  await whileLocked(directory, async () => {
    try {
      await fetchAll(directory, url, git);
    } catch (error) {
      if (!(error instanceof GitFailure) || !DAMAGED.test(error.stderr)) throw error;
      await discard(directory);
      await fetchAll(directory, url, git);
    }
  });
}

async function fetchAll(directory: string, url: string, git: Git): Promise<void> {
  const attributes = join(directory, "info/attributes");
  // The last thing of a new mirror: while it is missing, a killed process may have left half of one.
  if (!existsSync(attributes)) {
    await git.local(["init", "--quiet", "--bare", "--template=", "--", directory]);
    await mkdir(dirname(attributes), { recursive: true });
    await writeFileAtomic(attributes, ATTRIBUTES);
  }
  const options = ["--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--force"];
  await git.remote(["fetch", ...options, "--", url, ...REFSPECS]);
}

/** Out of the way first: a git of a killed process may still write into it. */
async function discard(directory: string): Promise<void> {
  const away = `${directory}.${randomUUID()}`;
  await rename(directory, away);
  await rm(away, { recursive: true, force: true, maxRetries: 5 });
}

/** What a mirror that could not be updated means to the user. */
export function unreachable({ key, url }: { key: string; url: string }, why: string): SlipwayError {
  return new SlipwayError({
    code: "repository-unreachable",
    message: `${url} could not be read: ${why}; is its token set? (pulumi config set --secret --path 'slipway:source_tokens["${key}"]')`,
  });
}
