import { readFile } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import type { SandboxPorts } from "../contract.ts";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";

/** What the daemon says of itself in `state.json`. */
export interface SandboxState {
  /** The checkout it belongs to: a copied folder brings its `state.json` along. */
  root: string;
  daemon: ProcessIdentity;
  /** Programs that it started, by name. */
  children: Record<string, ProcessIdentity>;
  ports: SandboxPorts;
  /** Present as soon as all parts answer. */
  ready?: {
    /** `https://localhost:<port>` */
    armEndpoint: string;
    /** Value of `IDENTITY_ENDPOINT`. */
    identityEndpoint: string;
    identityHeader: string;
    /** As for `buildctl --addr`. */
    buildkitAddress: string;
    /** See `BuildKitClient`. */
    baseImages: Readonly<Record<string, string>>;
  };
}

/** @returns undefined when there is none, or it is another checkout's */
export async function readState(file: string, root: string): Promise<SandboxState | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const state = JSON.parse(text) as SandboxState;
  return state.root === root ? state : undefined;
}

/** The state of the daemon that runs now, if one does. */
export async function runningState(file: string, root: string): Promise<SandboxState | undefined> {
  const state = await readState(file, root);
  return state !== undefined && (await isAlive(state.daemon)) ? state : undefined;
}

/** Readable by its owner only: it holds the header that managed identity asks for. */
export async function writeState(file: string, state: SandboxState): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}
