import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { startProgram, stopChild, waitUntil } from "../supervisor/child-process.ts";

export interface RegistryOptions {
  /** The `registry` program (CNCF distribution). */
  program: string;
  /** Holds blobs, configuration and log. */
  stateDir: string;
  port: number;
}

export interface RunningRegistry {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  process: ChildProcess;
  close(): Promise<void>;
}

/** Answered by this registry alone: another program on the port would answer, too. */
const INSTANCE = "x-sandbox-instance";
const START_MILLISECONDS = 60_000;

/**
 * Runs an OCI registry on loopback that keeps what was pushed in `stateDir`.
 * @throws with the log's file when it does not answer in time
 */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  await mkdir(join(options.stateDir, "data"), { recursive: true });
  const configuration = join(options.stateDir, "registry.yml");
  const instance = randomUUID();
  await writeFile(configuration, stringify(settings(options, instance)));
  const logFile = join(options.stateDir, "registry.log");
  const child = startProgram(options.program, ["serve", configuration], {
    logFile,
    // Nothing listens for traces here; without this it logs an error every few seconds.
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  const endpoint = `http://127.0.0.1:${options.port}`;
  try {
    await waitUntil(
      child,
      () => fetch(`${endpoint}/v2/`).then(({ headers }) => headers.get(INSTANCE) === instance),
      START_MILLISECONDS,
    );
  } catch (error) {
    await stopChild(child);
    throw new Error(`the registry did not start, see ${logFile}`, { cause: error });
  }
  return { endpoint, process: child, close: () => stopChild(child) };
}

function settings({ stateDir, port }: RegistryOptions, instance: string): object {
  return {
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(stateDir, "data") },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `127.0.0.1:${port}`, secret: "sandbox", headers: { [INSTANCE]: [instance] } },
    validation: { disabled: true },
  };
}
