import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createTaskRunner } from "../../sandbox/acr/runner.ts";
import { startBuildKit } from "../../sandbox/buildkit/daemon.ts";
import type { TaskRunner } from "../../sandbox/contract.ts";
import { type RunningGitHost, startGitHost } from "../../sandbox/git/host.ts";
import { ensureSampleRepositories } from "../../sandbox/git/samples.ts";
import { ensureBaseImages } from "../../sandbox/oci/base-image.ts";
import { startRegistry } from "../../sandbox/oci/registry.ts";
import { findTool } from "../../tools/find.mjs";

export interface SandboxParts {
  root: string;
  /** Bare repositories, served by the git host. */
  gitRoot: string;
  registryEndpoint: string;
  git: RunningGitHost;
  runner: TaskRunner;
  close(): Promise<void>;
}

/** The real parts that builds need, without ARM and supervisor, on free ports in a temporary folder. */
export async function startParts(): Promise<SandboxParts> {
  const root = await mkdtemp(join(tmpdir(), "slipway-parts-"));
  const gitRoot = join(root, "git");
  await mkdir(gitRoot);
  await ensureSampleRepositories(gitRoot);
  const port = await freePort();
  const registry = await startRegistry({
    program: tool("registry"),
    stateDir: join(root, "registry"),
    port,
  });
  await ensureBaseImages(registry.endpoint);
  const git = await startGitHost({ projectRoot: gitRoot, port: 0 });
  const buildkit = await startBuildKit({
    program: tool("buildkitd"),
    path: `${process.env.PATH}:${dirname(tool("runc"))}`,
    stateDir: join(root, "buildkit"),
    registryPort: port,
  });
  const runner = createTaskRunner({
    buildkit: { buildctl: tool("buildctl"), address: buildkit.address, baseImages: {} },
    registryEndpoint: registry.endpoint,
    gitHosts: { "https://git.example.com/": `http://127.0.0.1:${git.port}/git.example.com/` },
  });
  return {
    root,
    gitRoot,
    registryEndpoint: registry.endpoint,
    git,
    runner,
    async close() {
      await buildkit.close();
      await git.close();
      await registry.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** @throws when it is not set up; it is a tool that `npm test` sets up before it runs */
export function tool(name: string): string {
  const found = findTool(name);
  if (found === undefined) throw new Error(`${name} is not set up: run npm test`);
  return found;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
