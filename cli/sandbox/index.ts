import {
  resetSandbox,
  type SandboxStatus,
  sandboxEnv,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from "../../sandbox/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { findRoot } from "../root.ts";
import type { Note, Outcome } from "../types.ts";
import { shellExports } from "./exports.ts";

export interface SandboxVerbOptions {
  cwd?: string;
}

/** Starts it unless it runs. @throws SlipwayError with code `sandbox` */
export async function start({ cwd, note }: SandboxVerbOptions & { note: Note }): Promise<Outcome> {
  const root = findRoot(cwd);
  return told(async () => {
    if ((await sandboxStatus({ root })).state !== "running") note("starting the sandbox");
    return outcome(await startSandbox({ root }));
  });
}

/** Stops it; its state stays. @throws SlipwayError with code `sandbox` */
export async function stop({ cwd }: SandboxVerbOptions): Promise<Outcome> {
  const root = findRoot(cwd);
  return told(async () => outcome(await stopSandbox({ root })));
}

/** @throws SlipwayError with code `sandbox` */
export async function status({ cwd }: SandboxVerbOptions): Promise<Outcome> {
  const root = findRoot(cwd);
  return told(async () => outcome(await sandboxStatus({ root })));
}

/** Throws away what it holds. @throws SlipwayError with code `sandbox` */
export async function reset({ cwd }: SandboxVerbOptions): Promise<Outcome> {
  const root = findRoot(cwd);
  return told(async () => outcome(await resetSandbox({ root })));
}

/** Variables as exports of a POSIX shell. @throws SlipwayError with code `sandbox` when it is stopped */
export async function env({ cwd }: SandboxVerbOptions): Promise<Outcome> {
  const root = findRoot(cwd);
  return told(async () => {
    const data = await sandboxEnv({ root });
    return { data, text: shellExports(data) };
  });
}

function outcome(data: SandboxStatus): Outcome {
  const pid = data.pid === undefined ? "" : ` (pid ${data.pid})`;
  const endpoints = Object.entries(data.endpoints).map(
    ([name, url]) => `  ${name.padEnd("identity".length)}  ${url}`,
  );
  return { data, text: [`sandbox ${data.state}${pid}`, ...endpoints].join("\n") };
}

/** What keeps the sandbox from working is a problem of this machine, not a fault of slipway. */
async function told(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SlipwayError || !(error instanceof Error)) throw error;
    throw new SlipwayError({ code: "sandbox", message: error.message }, { cause: error });
  }
}
