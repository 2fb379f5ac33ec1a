import { type Git, GitFailure } from "./git.ts";
import { assertCommit, insidePath } from "./names.ts";
import type { CommitRange, SourceCommit, SourceTag } from "./types.ts";

const TAG_FIELDS = [
  "refname:strip=2",
  "objecttype",
  "objectname",
  "*objecttype",
  "*objectname",
  "creatordate:unix",
];
const COMMIT_FORMAT = "--format=%H%n%ct%n%B";

/** @returns name to commit */
export async function branchesOf(git: Git): Promise<ReadonlyMap<string, string>> {
  const listing = await git.local([
    "for-each-ref",
    "--format=%(refname:strip=2)%09%(objectname)",
    "refs/heads/",
  ]);
  return new Map(
    lines(listing).map((line) => {
      const [name = "", commit = ""] = line.split("\t");
      return [name, commit] as const;
    }),
  );
}

/** The tags that begin with a prefix; one that stands for no commit is left out. */
export async function tagsOf(git: Git, prefix: string): Promise<SourceTag[]> {
  const format = TAG_FIELDS.map((field) => `%(${field})`).join("%09");
  // Patterns of for-each-ref are globs, which no folder of ours is, and end at a slash.
  const folder = /^[\w.+-]+(\/[\w.+-]+)*\//.exec(prefix)?.[0] ?? "";
  const listing = await git.local(["for-each-ref", `--format=${format}`, `refs/tags/${folder}`]);
  const tags: SourceTag[] = [];
  for (const line of lines(listing)) {
    const [name = "", type, object = "", peeledType, peeled = "", created = ""] = line.split("\t");
    if (!name.startsWith(prefix)) continue;
    const annotated = type === "tag";
    const target = annotated ? peeledType : type;
    let commit = target === "commit" ? (annotated ? peeled : object) : undefined;
    // git peels one level here; a tag of a tag is rare enough for a call of its own.
    if (target === "tag") commit = await commitBehind(git, object);
    if (commit !== undefined) tags.push({ name, commit, annotated, createdAt: isoTime(created) });
  }
  return tags;
}

/** Commits that touch one of the paths, children before their parents, without merges. */
export async function commitsOf(git: Git, range: CommitRange): Promise<SourceCommit[]> {
  const { from, to, paths } = range;
  // A merge's changes are told by the commits that it brings. `--full-history` keeps those whose
  // effect another branch had as well.
  const options = ["--full-history", "--topo-order", "--no-merges", "-z", "--encoding=UTF-8"];
  const exclude = from === undefined ? [] : [`^${assertCommit(from)}`];
  const inside = paths.map(insidePath);
  const limit = inside.includes("") ? [] : inside;
  return parseCommits(
    await git.local([
      "log",
      ...options,
      COMMIT_FORMAT,
      assertCommit(to),
      ...exclude,
      "--",
      ...limit,
    ]),
  );
}

/** @returns undefined when the repository has no such commit */
export async function commitOf(git: Git, hash: string): Promise<SourceCommit | undefined> {
  const object = `${assertCommit(hash)}^{commit}`;
  if ((await answer(git, ["rev-parse", "--verify", "--quiet", object])) === undefined) {
    return undefined;
  }
  const log = ["log", "-1", "-z", "--encoding=UTF-8", COMMIT_FORMAT, hash, "--"];
  return parseCommits(await git.local(log))[0];
}

/** Whether a commit is an ancestor of another one, or that one itself. */
export async function isAncestor(git: Git, commit: string, of: string): Promise<boolean> {
  const ask = ["merge-base", "--is-ancestor", assertCommit(commit), assertCommit(of)];
  return (await answer(git, ask)) !== undefined;
}

/** The newest commit that is in both chains of first parents. */
export async function forkPointOf(
  git: Git,
  branch: string,
  trunk: string,
): Promise<string | undefined> {
  const chain = async (commit: string) =>
    lines(await git.local(["rev-list", "--first-parent", assertCommit(commit), "--"]));
  const inTrunk = new Set(await chain(trunk));
  return (await chain(branch)).find((commit) => inTrunk.has(commit));
}

/** `YYYY-MM-DDTHH:MM:SSZ` */
function isoTime(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}

async function commitBehind(git: Git, object: string): Promise<string | undefined> {
  return answer(git, ["rev-parse", "--verify", "--quiet", `${object}^{commit}`]);
}

/** @returns undefined when git's answer is no */
async function answer(git: Git, args: readonly string[]): Promise<string | undefined> {
  try {
    return await git.local(args);
  } catch (error) {
    if (error instanceof GitFailure) return undefined;
    throw error;
  }
}

function parseCommits(output: string): SourceCommit[] {
  return output
    .split("\0")
    .filter((text) => text !== "")
    .map((text) => {
      const [hash = "", committed = ""] = text.split("\n", 2);
      const message = text.slice(hash.length + committed.length + 2).trimEnd();
      return { hash, message, committedAt: isoTime(committed) };
    });
}

function lines(output: string): string[] {
  return output.split("\n").filter((line) => line !== "");
}
