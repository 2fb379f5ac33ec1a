/** A copy of the checkout with a sandbox of its own, for benchmarks that need an engine. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ORIGIN = path.resolve(import.meta.dirname, "..");
const BUFFER = { maxBuffer: 64 * 1024 * 1024 };

export interface BenchWorld {
  root: string;
  env: NodeJS.ProcessEnv;
  /** @returns what it wrote to stdout. @throws Error with its stderr when it fails */
  exec(file: string, args: readonly string[], cwd?: string): Promise<string>;
  slipway(...args: string[]): Promise<string>;
}

/** Runs `work` in a fresh copy of the tracked files whose sandbox has been started. */
export async function inBenchWorld(work: (world: BenchWorld) => Promise<void>): Promise<void> {
  const root = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
  const bin = path.join(root, "cli/slipway.mjs");
  try {
    await copyTracked(root);
    await run(process.execPath, [bin, "sandbox", "start"], { cwd: root });
    try {
      const printed = await run(process.execPath, [bin, "sandbox", "env", "--json"], { cwd: root });
      const env = { ...process.env, ...(JSON.parse(printed.stdout) as Record<string, string>) };
      const exec: BenchWorld["exec"] = async (file, args, cwd = root) =>
        (await run(file, [...args], { cwd, env, ...BUFFER })).stdout;
      const slipway = (...args: string[]) => exec(process.execPath, [bin, ...args]);
      await work({ root, env, exec, slipway });
    } finally {
      await run(process.execPath, [bin, "sandbox", "stop"], { cwd: root });
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function copyTracked(root: string): Promise<void> {
  const { stdout } = await run("git", ["ls-files", "-z"], { cwd: ORIGIN, ...BUFFER });
  for (const file of stdout.split("\0")) {
    if (file === "" || file.startsWith("test/")) continue;
    await cp(path.join(ORIGIN, file), path.join(root, file));
  }
  await symlink(path.join(ORIGIN, "node_modules"), path.join(root, "node_modules"));
  await run("git", ["init", "--quiet"], { cwd: root });
}
