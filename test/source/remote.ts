/** A real git host with one repository, and the environment in which it is reached. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onTestFinished } from "vitest";
import type { SourceRepository } from "../../registry/index.ts";
import { gitEnvironment } from "../../sandbox/git/git-process.ts";
import { SOURCE_TOKEN, startGitHost } from "../../sandbox/git/host.ts";
import { type OpenSourceOptions, openSource, type Source } from "../../source/index.ts";

export interface CommitOptions {
  /** `main` unless given; a new one begins at `parents`, or with no history. */
  branch?: string;
  /** Path to content; one file of `app/` unless given. */
  files?: Readonly<Record<string, string>>;
  /** Path to target. */
  links?: Readonly<Record<string, string>>;
  /** Further parents, or the only ones of a new branch. */
  parents?: readonly string[];
  /** ISO time of author and committer; an hour after the one before unless given. */
  at?: string;
}

export interface Remote {
  repository: SourceRepository;
  /** Folder of the bare repository. */
  bare: string;
  /** Holds mirrors and all; gone when the test ends. */
  root: string;
  env: Record<string, string>;
  open(options?: OpenSourceOptions): Promise<Source>;
  /** git in the bare repository. */
  git(...args: string[]): Promise<string>;
  /** @returns the hash of a new commit at the tip of a branch */
  commit(message: string, options?: CommitOptions): Promise<string>;
  /** An annotated tag. */
  tag(name: string, commit: string, at?: string): Promise<void>;
}

export const URL_OF = "https://git.example.com/team/source.git";
const FIRST_COMMIT = Date.parse("2026-05-01T00:00:00Z");
const HOUR = 3_600_000;

/** Ended and removed when the test is. */
export async function startRemote(): Promise<Remote> {
  const root = await mkdtemp(join(tmpdir(), "slipway-source-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const bare = join(root, "git.example.com", "team", "source.git");
  const run = (args: readonly string[], at?: string, input?: string) => git(root, args, at, input);
  await run(["init", "-q", "--bare", "--initial-branch=main", bare]);
  const host = await startGitHost({ projectRoot: root, port: 0 });
  onTestFinished(() => host.close());
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: root,
    SLIPWAY_TOOLS: join(root, "cache"),
    SLIPWAY_ENDPOINTS: JSON.stringify({
      "https://git.example.com/": `http://127.0.0.1:${host.port}/git.example.com/`,
    }),
  };
  const repository = { key: "source", url: URL_OF, aliases: [], releaseBranch: "main" };
  const inBare = (args: readonly string[], at?: string, input?: string) =>
    run([`--git-dir=${bare}`, ...args], at, input);
  let count = 0;
  return {
    repository,
    bare,
    root,
    env,
    open: (options = {}) => openSource(repository, { env, token: SOURCE_TOKEN, ...options }),
    git: (...args) => inBare(args),
    async commit(message, { branch = "main", files, links = {}, parents = [], at } = {}) {
      count += 1;
      const tip = await inBare(["for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`]);
      const all = tip === "" ? parents : [tip, ...parents];
      const time = at ?? new Date(FIRST_COMMIT + count * HOUR).toISOString();
      await inBare(all[0] === undefined ? ["read-tree", "--empty"] : ["read-tree", all[0]]);
      const add = async (mode: string, path: string, content: string) => {
        const blob = await inBare(["hash-object", "-w", "--stdin"], time, content);
        await inBare(["update-index", "--add", "--cacheinfo", `${mode},${blob},${path}`]);
      };
      const written = files ?? { [`app/${count}`]: `${message}\n` };
      for (const [path, content] of Object.entries(written)) await add("100644", path, content);
      for (const [path, target] of Object.entries(links)) await add("120000", path, target);
      const tree = await inBare(["write-tree"]);
      const from = all.flatMap((parent) => ["-p", parent]);
      const commit = await inBare(["commit-tree", tree, ...from], time, message);
      await inBare(["update-ref", `refs/heads/${branch}`, commit]);
      return commit;
    },
    async tag(name, commit, at) {
      await inBare(["tag", "-a", "-m", name, name, commit], at);
    },
  };
}

async function git(
  root: string,
  args: readonly string[],
  at = "2026-05-01T12:00:00Z",
  input?: string,
): Promise<string> {
  const who = { NAME: "a", EMAIL: "a@example.com", DATE: at };
  const names = Object.entries(who).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]);
  const { stdout } = await execa("git", args, {
    cwd: root,
    env: { ...gitEnvironment(), ...Object.fromEntries(names) },
    extendEnv: false,
    ...(input === undefined ? {} : { input }),
  });
  return stdout;
}
