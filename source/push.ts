import { SlipwayError } from "../schemas/problem.ts";
import { type Git, GitFailure } from "./git.ts";
import { assertCommit, assertRefName } from "./names.ts";
import type { PushOutcome } from "./types.ts";

export interface PushTarget {
  /** The address that git is told, after the endpoint map. */
  address: string;
  /** Canonical, for messages. */
  url: string;
  git: Git;
}

/** Whom a tag is by where this machine's git has no name. */
const NOBODY = "slipway <slipway@localhost>";

/** Settings of the user's that would push something else besides. */
const ALONE = ["--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"];

/** @throws SlipwayError `tag-conflict`, `push-refused` */
export async function pushTag(
  target: PushTarget,
  name: string,
  commit: string,
  message: string,
): Promise<PushOutcome> {
  const ref = `refs/tags/${assertRefName(name)}`;
  const judge = (found: string): PushOutcome => {
    if (found === commit) return "exists";
    throw new SlipwayError({
      code: "tag-conflict",
      message: `found the tag ${name} of ${target.url} at ${found}, expected ${commit}: a release tag never moves; release a new version, or release that commit`,
    });
  };
  const found = await remoteCommit(target, ref);
  if (found !== undefined) return judge(found);
  return create(target, ref, await writeTag(target.git, name, commit, message), judge);
}

/**
 * @param contains whether a commit of the remote's contains the one that is pushed
 * @throws SlipwayError `push-refused`
 */
export async function pushNewBranch(
  target: PushTarget,
  name: string,
  commit: string,
  contains: (found: string) => Promise<boolean>,
): Promise<PushOutcome> {
  const ref = `refs/heads/${assertRefName(name)}`;
  const judge = async (found: string): Promise<PushOutcome> => {
    if (found === commit || (await contains(found))) return "exists";
    throw new SlipwayError({
      code: "push-refused",
      message: `found the branch ${name} of ${target.url} at ${found}, expected it to contain ${commit}; use the branch as it is, or choose another name`,
    });
  };
  const found = await remoteCommit(target, ref);
  if (found !== undefined) return judge(found);
  return create(target, ref, assertCommit(commit), judge);
}

/**
 * Pushes an object as a ref that the remote lacks. Where somebody else was quicker, what is there
 * is judged as if it had been there before.
 */
async function create(
  target: PushTarget,
  ref: string,
  object: string,
  judge: (found: string) => PushOutcome | Promise<PushOutcome>,
): Promise<PushOutcome> {
  const { git, address } = target;
  try {
    const lease = `--force-with-lease=${ref}:`;
    await git.remote(["push", ...ALONE, lease, "--", address, `${object}:${ref}`]);
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    const found = await remoteCommit(target, ref).catch(() => undefined);
    if (found !== undefined) return judge(found);
    throw new SlipwayError(
      {
        code: "push-refused",
        message: `${target.url} did not take ${ref}: ${refusal(error)}; nothing was pushed: correct that, then run the command again`,
      },
      { cause: error },
    );
  }
  await git.local(["update-ref", ref, object]);
  return "created";
}

/** @returns the commit that a ref of the remote stands for; undefined when there is no such ref */
async function remoteCommit(target: PushTarget, ref: string): Promise<string | undefined> {
  const { git, address } = target;
  const listing = await git.remote(["ls-remote", "--", address, ref, `${ref}^{}`]);
  const found = new Map(
    listing.split("\n").map((line) => {
      const [object = "", name = ""] = line.split("\t");
      return [name, object] as const;
    }),
  );
  return found.get(`${ref}^{}`) ?? found.get(ref);
}

/** Writes the tag as an object that nothing names: the mirror has no tag that the remote lacks. */
async function writeTag(git: Git, name: string, commit: string, message: string): Promise<string> {
  const tagger = await git.identity().catch(() => {
    return `${NOBODY} ${Math.floor(Date.now() / 1000)} +0000`;
  });
  const head = [`object ${assertCommit(commit)}`, "type commit", `tag ${name}`, `tagger ${tagger}`];
  return git.local(["mktag"], { input: `${head.join("\n")}\n\n${message.trimEnd()}\n` });
}

/** What the remote said, or why it was not reached. */
function refusal(error: GitFailure): string {
  const said = error.stderr
    .split("\n")
    .flatMap((line) => /^remote: *(\S.*)$/.exec(line)?.[1]?.trim() ?? []);
  const [, reason] = /^!\t\S+\t(.+)$/m.exec(error.stdout) ?? [];
  return [reason, ...said].filter((text) => text !== undefined).join("; ") || error.message;
}
