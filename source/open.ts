import { endpointMapFrom } from "../builds/endpoints.ts";
import { isPlainHttps } from "../builds/git-environment.ts";
import type { SourceRepository } from "../registry/index.ts";
import { type Git, GitFailure, gitIn } from "./git.ts";
import { branchesOf, commitOf, commitsOf, forkPointOf, isAncestor, tagsOf } from "./history.ts";
import { mirrorFolder, unreachable, updateMirror, whileLocked } from "./mirror.ts";
import { pushNewBranch, pushTag } from "./push.ts";
import { exportAt, filesAt, folderAt, readFileAt } from "./tree.ts";
import type { Source } from "./types.ts";

export interface OpenSourceOptions {
  /** `process.env` unless given. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Without one git asks the user's credential helpers, and never the user. */
  token?: string | undefined;
  /** Gets a line before what may take long. */
  note?: (line: string) => void;
}

/**
 * Brings a repository's mirror up to date and opens it.
 *
 * @throws SlipwayError `repository-unreachable`, `endpoint-map`, as all methods that push
 */
export async function openSource(
  repository: SourceRepository,
  { env = process.env, token, note = () => {} }: OpenSourceOptions = {},
): Promise<Source> {
  if (!isPlainHttps(repository.url)) throw unreachable(repository, "its URL is not https");
  const address = endpointMapFrom(env).mapGitUrl(repository.url);
  const directory = mirrorFolder(address, env);
  const git = gitIn(directory, env, { url: address, token });
  note(`fetching ${repository.url}`);
  await asProblem(repository, () => updateMirror(directory, address, git));
  const target = { address, url: repository.url, git };
  return {
    repository,
    ...reading(git),
    tag: (name, commit, message) =>
      asProblem(repository, () =>
        whileLocked(directory, () => pushTag(target, name, commit, message)),
      ),
    pushBranch: (name, commit) =>
      asProblem(repository, () =>
        whileLocked(directory, () =>
          pushNewBranch(target, name, commit, (found) => isAncestor(git, commit, found)),
        ),
      ),
  };
}

function reading(git: Git): Omit<Source, "repository" | "tag" | "pushBranch"> {
  return {
    branchCommit: async (branch) => (await branchesOf(git)).get(branch),
    branches: () => branchesOf(git),
    tags: (prefix) => tagsOf(git, prefix),
    commits: (range) => commitsOf(git, range),
    commit: (hash) => commitOf(git, hash),
    contains: (commit, branchCommit) => isAncestor(git, commit, branchCommit),
    forkPoint: (branchCommit, trunkCommit) => forkPointOf(git, branchCommit, trunkCommit),
    readFile: (commit, path) => readFileAt(git, commit, path),
    checkFolder: async (commit, path) => {
      await folderAt(git, commit, path);
    },
    files: (commit, path) => filesAt(git, commit, path),
    export: (commit, path, into) => exportAt(git, commit, path, into),
  };
}

/** A remote that cannot be read is the user's to mend, and no fault of the program's. */
async function asProblem<T>(
  repository: { key: string; url: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GitFailure) throw unreachable(repository, error.message);
    throw error;
  }
}
