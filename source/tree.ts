import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import type { Git } from "./git.ts";
import { assertCommit, insidePath, linkProblem } from "./names.ts";
import type { SourceFile } from "./types.ts";

const LINK = "120000";
/** The bytes as stored, whatever the platform makes of files (attributes: see the mirror). */
const RAW = ["core.autocrlf=false", "core.symlinks=true", "core.fileMode=true"].flatMap(
  (setting) => ["-c", setting],
);
const ENTRY = /^(\d{6}) (\w+) [0-9a-f]+\t([\s\S]+)$/;

/** @returns undefined when there is no such file, or a link or folder of that name */
export async function readFileAt(
  git: Git,
  commit: string,
  path: string,
): Promise<Uint8Array | undefined> {
  const entry = await entryAt(git, commit, path);
  if (entry === undefined || entry.type !== "blob" || entry.mode === LINK) return undefined;
  return git.bytes(["cat-file", "blob", `${assertCommit(commit)}:${insidePath(path)}`]);
}

/**
 * The tree of a folder. A link on the way there is none: the folder would be another one, of this
 * repository or of none.
 *
 * @throws SlipwayError `source-path`
 */
export async function folderAt(git: Git, commit: string, path: string): Promise<string> {
  const inside = insidePath(path);
  const parts = inside === "" ? [] : inside.split("/");
  for (let depth = 1; depth <= parts.length; depth++) {
    const at = parts.slice(0, depth).join("/");
    const entry = await entryAt(git, commit, at);
    if (entry?.type === "tree") continue;
    const found = entry === undefined ? "nothing" : entry.mode === LINK ? "a link" : "a file";
    throw new SlipwayError({
      code: "source-path",
      message: `found ${found} at ${at} of commit ${commit}, expected a folder of the repository; correct the component's path in the catalogue`,
    });
  }
  return git.local(["rev-parse", "--verify", "--quiet", `${assertCommit(commit)}:${inside}`]);
}

/** @throws SlipwayError `source-path` */
export async function filesAt(git: Git, commit: string, path: string): Promise<SourceFile[]> {
  const tree = await folderAt(git, commit, path);
  return parseEntries(await git.local(["ls-tree", "-r", "-z", "--full-tree", tree]));
}

/** @throws SlipwayError `source-path` */
export async function exportAt(
  git: Git,
  commit: string,
  path: string,
  into: string,
): Promise<void> {
  const tree = await folderAt(git, commit, path);
  const problems = await linkProblems(git, tree, path);
  if (problems.length > 0) throw new SlipwayError(problems);
  await mkdir(into, { recursive: true });
  if ((await readdir(into)).length > 0) throw new RangeError(`not an empty folder: ${into}`);
  const scratch = await mkdtemp(join(tmpdir(), "slipway-index-"));
  try {
    const env = { GIT_INDEX_FILE: join(scratch, "index"), GIT_ATTR_NOSYSTEM: "1" };
    // git itself refuses entries such as `..` and `.git` in an index.
    await git.local(["read-tree", tree], { env });
    await git.local([...RAW, `--work-tree=${into}`, "checkout-index", "--all", "--quiet"], {
      env,
      cwd: into,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The entry of exactly this path. */
async function entryAt(git: Git, commit: string, path: string): Promise<SourceFile | undefined> {
  const list = ["ls-tree", "-z", "--full-tree", assertCommit(commit), "--", insidePath(path)];
  return parseEntries(await git.local(list)).find((entry) => entry.path === path);
}

async function linkProblems(git: Git, tree: string, folder: string): Promise<Problem[]> {
  const files = parseEntries(await git.local(["ls-tree", "-r", "-z", "--full-tree", tree]));
  const problems: Problem[] = [];
  for (const { path, mode } of files) {
    if (mode !== LINK) continue;
    const target = new TextDecoder().decode(
      await git.bytes(["cat-file", "blob", `${tree}:${path}`]),
    );
    const why = linkProblem(path, target);
    if (why === undefined) continue;
    problems.push({
      code: "source-path",
      message: `found the link ${path} to ${JSON.stringify(target)} in ${folder}, which ${why}, expected links inside the folder; replace it by what it points at`,
    });
  }
  return problems;
}

function parseEntries(output: string): SourceFile[] {
  return output.split("\0").flatMap((line) => {
    const [, mode = "", type = "", path = ""] = ENTRY.exec(line) ?? [];
    return mode === "" ? [] : [{ path, mode, type }];
  });
}
