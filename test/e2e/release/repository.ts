/** The sandbox's source repositories, changed as their developers would, on the host itself. */
import { join } from "node:path";
import { execa } from "execa";
import { gitEnvironment } from "../../../sandbox/git/git-process.ts";
import type { World } from "../world.ts";

export interface SourceRepository {
  /** Folder of the bare repository. */
  bare: string;
  git(...args: string[]): Promise<string>;
  /** @returns the hash of a new commit at the tip of a branch; an hour after the one before */
  commit(
    message: string,
    files: Readonly<Record<string, string>>,
    branch?: string,
  ): Promise<string>;
}

const FIRST_COMMIT = Date.parse("2026-10-01T00:00:00Z");
const HOUR = 3_600_000;

/** @param name `platform/<name>` */
export function sourceRepository({ checkout }: World, name = "platform"): SourceRepository {
  const bare = join(checkout.root, ".sandbox/git/git.example.com/platform", `${name}.git`);
  let count = 0;
  const run = async (args: readonly string[], input = "") => {
    const at = new Date(FIRST_COMMIT + count * HOUR).toISOString();
    const who = (role: string) => ({
      [`GIT_${role}_NAME`]: "Dev",
      [`GIT_${role}_EMAIL`]: "dev@example.com",
      [`GIT_${role}_DATE`]: at,
    });
    const env = { ...gitEnvironment(), ...who("AUTHOR"), ...who("COMMITTER") };
    const { stdout } = await execa("git", [`--git-dir=${bare}`, ...args], {
      env: { ...env, GIT_INDEX_FILE: join(bare, "test-index") },
      extendEnv: false,
      input,
    });
    return stdout;
  };
  return {
    bare,
    git: (...args) => run(args),
    async commit(message, files, branch = "main") {
      count += 1;
      const ref = `refs/heads/${branch}`;
      const tip = await run(["for-each-ref", "--format=%(objectname)", ref]);
      const parent = tip === "" ? "refs/heads/main" : tip;
      await run(["read-tree", parent]);
      for (const [path, content] of Object.entries(files)) {
        const blob = await run(["hash-object", "-w", "--stdin"], content);
        await run(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
      }
      const tree = await run(["write-tree"]);
      const commit = await run(["commit-tree", tree, "-p", parent], message);
      await run(["update-ref", ref, commit]);
      return commit;
    },
  };
}
