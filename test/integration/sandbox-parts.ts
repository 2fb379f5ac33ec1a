import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BuildKitClient } from "../../sandbox/acr/image-build.ts";
import { createTaskRunner } from "../../sandbox/acr/runner.ts";
import { startBuildKit } from "../../sandbox/buildkit/daemon.ts";
import { runningBuildKit } from "../../sandbox/buildkit/running.ts";
import type { TaskRunner } from "../../sandbox/contract.ts";
import { type RunningGitHost, startGitHost } from "../../sandbox/git/host.ts";
import { ensureSampleRepositories } from "../../sandbox/git/samples.ts";
import { ensureBaseImages } from "../../sandbox/oci/base-image.ts";
import { startRegistry } from "../../sandbox/oci/registry.ts";
import { findTool } from "../../tools/find.mjs";
import { freePort } from "../fixtures/ports.ts";

export interface SandboxParts {
  root: string;
  /** Bare repositories, served by the git host. */
  gitRoot: string;
  registryEndpoint: string;
  /** Of the BuildKit that builds; one that runs already, where there is one. */
  buildkitAddress: string;
  /** How it finds base images. */
  baseImages: Readonly<Record<string, string>>;
  git: RunningGitHost;
  runner: TaskRunner;
  close(): Promise<void>;
}

/** The real parts that builds need, without ARM and supervisor, on free ports in a temporary folder. */
export async function startParts(): Promise<SandboxParts> {
  const root = await mkdtemp(join(tmpdir(), "slipway-parts-"));
  const closers = [() => rm(root, { recursive: true, force: true })];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const gitRoot = join(root, "git");
    await mkdir(gitRoot);
    await ensureSampleRepositories(gitRoot);
    const port = await freePort();
    const registry = await startRegistry({
      program: tool("registry"),
      stateDir: join(root, "registry"),
      port,
    });
    closers.push(() => registry.close());
    await ensureBaseImages(registry.endpoint);
    const git = await startGitHost({ projectRoot: gitRoot, port: 0 });
    closers.push(() => git.close());
    const buildkit = await buildKit(join(root, "buildkit"), port, closers);
    const runner = createTaskRunner({
      buildkit,
      registryEndpoint: registry.endpoint,
      gitHosts: { "https://git.example.com/": `http://127.0.0.1:${git.port}/git.example.com/` },
    });
    const { endpoint: registryEndpoint } = registry;
    return {
      root,
      gitRoot,
      registryEndpoint,
      buildkitAddress: buildkit.address,
      baseImages: buildkit.baseImages,
      git,
      runner,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As the sandbox has it: where a BuildKit runs already, none is set up, and that one is used. */
async function buildKit(
  stateDir: string,
  registryPort: number,
  closers: (() => Promise<void>)[],
): Promise<BuildKitClient> {
  const buildctl = tool("buildctl");
  const running = await runningBuildKit(buildctl, registryPort);
  if (running !== undefined) return running;
  const own = await startBuildKit({
    program: tool("buildkitd"),
    path: `${process.env.PATH}:${dirname(tool("runc"))}`,
    stateDir,
    registryPort,
  });
  closers.push(() => own.close());
  return { buildctl, address: own.address, baseImages: {} };
}

/** @throws when it is not set up; it is a tool that `npm test` sets up before it runs */
export function tool(name: string): string {
  const found = findTool(name);
  if (found === undefined) throw new Error(`${name} is not set up: run npm test`);
  return found;
}
