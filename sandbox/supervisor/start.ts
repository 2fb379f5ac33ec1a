import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import lockfile from "proper-lockfile";
import { unmountBelow } from "../buildkit/mounts.ts";
import { type SandboxPaths, sandboxPaths } from "./paths.ts";
import { choosePorts } from "./ports.ts";
import { endProcess, identify, type ProcessIdentity } from "./process-identity.ts";
import { preparePulumi, pulumiIsReady } from "./pulumi.ts";
import { readState, runningState, type SandboxState } from "./state.ts";

export interface SandboxOptions {
  /** The checkout, absolute; state lies in its `.sandbox`. */
  root: string;
}

export interface SandboxStatus {
  state: "running" | "starting" | "stopped";
  /** Empty when stopped. */
  endpoints: { arm?: string; registry?: string; git?: string; identity?: string };
  pid?: number;
}

const DAEMON = fileURLToPath(new URL("main.mjs", import.meta.url));
const START_MILLISECONDS = 120_000;
const STOP_MILLISECONDS = 20_000;
const POLL_MILLISECONDS = 40;
const LOG_LINES = 25;
const LOG_BYTES = 16_384;
/** A starter that was killed holds the lock for ten seconds at most. */
const LOCK = {
  stale: 10_000,
  update: 2_000,
  retries: { retries: 1_500, factor: 1, minTimeout: 100 },
};

/**
 * Starts the offline Azure of a checkout and waits until all its parts answer. One that runs is
 * left alone; two starts at once start one. What a killed daemon left behind is ended first.
 * @throws when a kept port is taken; with the last lines of the daemon's log when it does not start
 */
export async function startSandbox({ root }: SandboxOptions): Promise<SandboxStatus> {
  const paths = sandboxPaths(root);
  const running = await runningState(paths.state, root);
  if (running?.ready === undefined) {
    await mkdir(paths.directory, { recursive: true });
    await withLock(paths, async () => {
      const found = await runningState(paths.state, root);
      if (found?.ready !== undefined) return;
      const offset = await logSize(paths);
      if (found === undefined) {
        await endLeftovers(paths, root);
        // The daemon asks again; here the refusal is the error itself, not the end of a log.
        await choosePorts(paths.ports, root);
      }
      await waitUntilReady(paths, root, found?.daemon ?? (await spawnDaemon(paths, root)), offset);
    });
  }
  if (!(await pulumiIsReady(root))) await withLock(paths, () => preparePulumi(root));
  return sandboxStatus({ root });
}

/** Stops all parts and waits until they are gone. State stays. */
export async function stopSandbox({ root }: SandboxOptions): Promise<SandboxStatus> {
  const paths = sandboxPaths(root);
  if (existsSync(paths.directory)) await withLock(paths, () => stop(paths, root));
  return sandboxStatus({ root });
}

/** Stops the sandbox and deletes its state: images, repositories, resources and Pulumi's state. */
export async function resetSandbox({ root }: SandboxOptions): Promise<SandboxStatus> {
  const paths = sandboxPaths(root);
  if (!existsSync(paths.directory)) return sandboxStatus({ root });
  await withLock(paths, async () => {
    await stop(paths, root);
    for (const name of await readdir(paths.directory)) {
      const path = join(paths.directory, name);
      if (path !== paths.lock) await rm(path, { recursive: true, force: true });
    }
  });
  return sandboxStatus({ root });
}

export async function sandboxStatus({ root }: SandboxOptions): Promise<SandboxStatus> {
  const state = await runningState(sandboxPaths(root).state, root);
  if (state === undefined) return { state: "stopped", endpoints: {} };
  const { ports, ready, daemon } = state;
  return {
    state: ready === undefined ? "starting" : "running",
    endpoints: {
      arm: `https://localhost:${ports.arm}`,
      registry: `http://127.0.0.1:${ports.registry}`,
      git: `http://127.0.0.1:${ports.git}`,
      identity: `http://127.0.0.1:${ports.identity}`,
    },
    pid: daemon.pid,
  };
}

async function stop(paths: SandboxPaths, root: string): Promise<void> {
  const state = await runningState(paths.state, root);
  if (state !== undefined) await endProcess(state.daemon, STOP_MILLISECONDS);
  await endLeftovers(paths, root);
  await rm(paths.state, { force: true });
}

/** Programs that outlived their daemon, known by process id and start time, and their mounts. */
async function endLeftovers(paths: SandboxPaths, root: string): Promise<void> {
  const state = await readState(paths.state, root);
  for (const child of Object.values(state?.children ?? {})) {
    await endProcess(child, STOP_MILLISECONDS);
  }
  await unmountBelow(paths.directory);
}

async function spawnDaemon(paths: SandboxPaths, root: string): Promise<ProcessIdentity> {
  const log = openSync(paths.log, "a");
  // Options for this process (a debugger's port, say) are not meant for the daemon.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [DAEMON, root], {
    cwd: root,
    env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  const identity = child.pid === undefined ? undefined : await identify(child.pid);
  if (identity === undefined) throw new Error("the sandbox's daemon could not be started");
  return identity;
}

async function waitUntilReady(
  paths: SandboxPaths,
  root: string,
  daemon: ProcessIdentity,
  logOffset: number,
): Promise<void> {
  const deadline = Date.now() + START_MILLISECONDS;
  let state: SandboxState | undefined;
  do {
    const alive = (await identify(daemon.pid))?.startTime === daemon.startTime;
    state = await runningState(paths.state, root);
    if (state?.ready !== undefined) return;
    if (!alive) break;
    await sleep(POLL_MILLISECONDS);
  } while (Date.now() < deadline);
  await stop(paths, root);
  await endProcess(daemon, STOP_MILLISECONDS);
  const lines = await logTail(paths, logOffset);
  throw new Error(`the sandbox did not start; the end of ${paths.log}:\n${lines}`);
}

async function withLock<T>(paths: SandboxPaths, action: () => Promise<T>): Promise<T> {
  const release = await lockfile
    .lock(paths.directory, { ...LOCK, lockfilePath: paths.lock })
    .catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "ELOCKED")) throw error;
      const seconds = (LOCK.retries.retries * LOCK.retries.minTimeout) / 1000;
      throw new Error(
        `another command has held ${paths.lock} for ${seconds} s; wait for it to end or end it, then run this one again`,
      );
    });
  try {
    return await action();
  } finally {
    await release();
  }
}

async function logSize(paths: SandboxPaths): Promise<number> {
  const log = await open(paths.log, "a");
  try {
    return (await log.stat()).size;
  } finally {
    await log.close();
  }
}

/** The last lines that were written since `offset`. */
async function logTail(paths: SandboxPaths, offset: number): Promise<string> {
  const log = await open(paths.log, "r");
  try {
    const { size } = await log.stat();
    const from = Math.max(offset, size - LOG_BYTES);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(LOG_BYTES), 0, LOG_BYTES, from);
    const lines = buffer.subarray(0, bytesRead).toString("utf8").trimEnd().split("\n");
    return lines.slice(-LOG_LINES).join("\n");
  } finally {
    await log.close();
  }
}
