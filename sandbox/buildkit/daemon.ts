import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startProgram, stopChild, waitUntil } from "../supervisor/child-process.ts";
import { loopbackUnproxied } from "../supervisor/proxy.ts";
import { unmountBelow } from "./mounts.ts";

export interface BuildKitOptions {
  /** The `buildkitd` program; runc and git have to be on `path`. */
  program: string;
  path: string;
  /** Holds cache, configuration and log. */
  stateDir: string;
  /** The sandbox's registry: base images are pulled from there before Docker Hub. */
  registryPort: number;
}

export interface RunningBuildKit {
  /** As for `buildctl --addr`. */
  address: string;
  process: ChildProcess;
  close(): Promise<void>;
}

/** `sun_path` holds 108 bytes with its final zero, on macOS 104. */
const MAX_SOCKET_PATH = 103;
const START_MILLISECONDS = 60_000;

/**
 * Where the daemon listens: in `stateDir`, or in a short folder of the system's temporary one when
 * the path would be too long for a socket. A pure function of `stateDir`.
 */
export function buildKitSocket(stateDir: string): string {
  const socket = join(stateDir, "buildkitd.sock");
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH) return socket;
  const key = createHash("sha256").update(stateDir).digest("hex").slice(0, 12);
  return join(tmpdir(), `slipway-${key}`, "buildkitd.sock");
}

/**
 * Runs a BuildKit whose cache lies in `stateDir`.
 * @throws when not root, and with the log's file when it does not answer in time
 */
export async function startBuildKit(options: BuildKitOptions): Promise<RunningBuildKit> {
  if (process.getuid?.() !== 0) {
    throw new Error(
      "the sandbox's BuildKit needs root; run as root, or set BUILDKIT_HOST to a BuildKit that runs",
    );
  }
  await mkdir(options.stateDir, { recursive: true });
  await unmountBelow(options.stateDir);
  const socket = buildKitSocket(options.stateDir);
  ownDirectory(dirname(socket));
  await rm(socket, { force: true });
  const configuration = join(options.stateDir, "buildkitd.toml");
  await writeFile(configuration, settings(options, socket));
  const logFile = join(options.stateDir, "buildkitd.log");
  const child = startProgram(options.program, ["--config", configuration], {
    logFile,
    // Its git asks the proxy even for loopback.
    env: { ...process.env, ...loopbackUnproxied(process.env), PATH: options.path },
  });
  const close = async () => {
    await stopChild(child);
    await unmountBelow(options.stateDir);
    const folder = dirname(socket);
    if (folder !== options.stateDir) await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntil(child, () => accepts(socket), START_MILLISECONDS);
  } catch (error) {
    await close();
    throw new Error(`BuildKit did not start, see ${logFile}`, { cause: error });
  }
  return { address: `unix://${socket}`, process: child, close };
}

/** The temporary folder is everybody's: one that another user made would be that user's socket. */
function ownDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(directory);
  if (uid !== process.getuid?.()) throw new Error(`${directory} belongs to user ${uid}`);
}

function settings({ stateDir, registryPort }: BuildKitOptions, socket: string): string {
  const registry = `127.0.0.1:${registryPort}`;
  // JSON strings are TOML strings.
  return `root = ${JSON.stringify(join(stateDir, "root"))}
[grpc]
  address = [${JSON.stringify(`unix://${socket}`)}]
[cdi]
  disabled = true
[worker.oci]
  enabled = true
  gc = true
  maxUsedSpace = "5GB"
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["${registry}"]
[registry."${registry}"]
  http = true
`;
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => resolve(false));
  });
}
