import type { ChildProcess } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import { findTool } from "../../tools/find.mjs";
import type { BuildKitClient } from "../acr/image-build.ts";
import { createTaskRunner } from "../acr/runner.ts";
import { IDENTITY_PATH } from "../arm/http/tokenRoutes.ts";
import { startArm } from "../arm/server.ts";
import { writeBuilderInstance } from "../buildkit/builder-instance.ts";
import { buildKitSocket, startBuildKit } from "../buildkit/daemon.ts";
import { runningBuildKit } from "../buildkit/running.ts";
import type { SandboxPorts } from "../contract.ts";
import { startGitHost } from "../git/host.ts";
import { ensureSampleRepositories } from "../git/samples.ts";
import { ensureBaseImages } from "../oci/base-image.ts";
import { createImageLookup } from "../oci/image-lookup.ts";
import { startRegistry } from "../oci/registry.ts";
import { writeAzConfig } from "./az-config.ts";
import { gitHosts } from "./git-hosts.ts";
import type { SandboxPaths } from "./paths.ts";
import type { SandboxState } from "./state.ts";

/** A part that runs: how to end it, and the program it is, if it is one. */
export interface RunningPart {
  name: string;
  close(): Promise<void>;
  process?: ChildProcess;
}

/** Tells the daemon of each part as soon as it runs, so that none is forgotten if another fails. */
export type PartListener = (part: RunningPart) => Promise<void>;

/**
 * Starts all parts, each as soon as what it needs is there.
 * @throws when one of them does not start; the others are the listener's to close
 */
export async function startParts(
  paths: SandboxPaths,
  ports: SandboxPorts,
  started: PartListener,
): Promise<NonNullable<SandboxState["ready"]>> {
  const [registryEndpoint, buildkit, git] = await Promise.all([
    registryPart(paths, ports, started),
    buildKitPart(paths, ports, started),
    gitPart(paths, ports, started),
    mkdir(paths.arm, { recursive: true }),
    // The engine does not make the folder of its backend.
    mkdir(paths.pulumiState, { recursive: true }),
  ]);
  await writeBuilderInstance(paths.buildxConfig, buildkit.address);
  const runner = createTaskRunner({ buildkit, registryEndpoint, gitHosts: git });
  const arm = await startArm({
    stateDir: paths.arm,
    ports,
    tls: await certificate(paths),
    images: createImageLookup(registryEndpoint),
    runner,
  });
  await started({ name: "arm", close: () => arm.close() });
  await writeAzConfig(paths.azureConfig, arm.endpoint);
  return {
    armEndpoint: arm.endpoint,
    identityEndpoint: `http://127.0.0.1:${ports.identity}${IDENTITY_PATH}`,
    identityHeader: arm.identityHeader,
    buildkitAddress: buildkit.address,
    baseImages: buildkit.baseImages,
  };
}

async function registryPart(
  paths: SandboxPaths,
  ports: SandboxPorts,
  started: PartListener,
): Promise<string> {
  const program = requireTool("registry");
  const options = { program, stateDir: paths.registry, port: ports.registry };
  const registry = await startRegistry(options);
  await started({ name: "registry", ...registry });
  await ensureBaseImages(registry.endpoint);
  return registry.endpoint;
}

async function buildKitPart(
  paths: SandboxPaths,
  ports: SandboxPorts,
  started: PartListener,
): Promise<BuildKitClient> {
  const buildctl = requireTool("buildctl");
  const own = `unix://${buildKitSocket(paths.buildkit)}`;
  const running = await runningBuildKit(buildctl, ports.registry, own);
  if (running !== undefined) return running;
  const buildkit = await startBuildKit({
    program: requireTool("buildkitd"),
    path: [dirname(requireTool("runc")), dirname(requireTool("git")), process.env.PATH].join(
      delimiter,
    ),
    stateDir: paths.buildkit,
    registryPort: ports.registry,
  });
  await started({ name: "buildkit", ...buildkit });
  return { buildctl, address: buildkit.address, baseImages: {} };
}

async function gitPart(
  paths: SandboxPaths,
  ports: SandboxPorts,
  started: PartListener,
): Promise<Record<string, string>> {
  await mkdir(paths.git, { recursive: true });
  await ensureSampleRepositories(paths.git);
  const host = await startGitHost({ projectRoot: paths.git, port: ports.git });
  await started({ name: "git", close: () => host.close() });
  return gitHosts(ports);
}

/** Made once and kept: clients are told to trust this one. */
async function certificate(paths: SandboxPaths): Promise<{ key: string; cert: string }> {
  const read = (file: string) => readFile(file, "utf8").catch(() => undefined);
  const [key, cert] = [await read(paths.key), await read(paths.certificate)];
  if (key !== undefined && cert !== undefined) return { key, cert };
  // Loaded here: it is needed once, and takes longer to load than most of the daemon.
  const { createCertificate } = await import("../tls.ts");
  const made = await createCertificate();
  await mkdir(dirname(paths.key), { recursive: true });
  await writeFile(paths.key, made.key, { mode: 0o600 });
  await writeFile(paths.certificate, made.cert);
  return made;
}

function requireTool(name: string): string {
  const found = findTool(name);
  if (found === undefined) throw new Error(`${name} is not set up: run npm start`);
  return found;
}
