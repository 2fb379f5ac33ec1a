/** A checkout with a sandbox of its own, driven as a user drives it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { type ArmControl, armControl } from "../../sandbox/arm/control.ts";
import type { RequestLogEntry } from "../../sandbox/arm/core/requestLog.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";

export interface Finished {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both, for what may stand on either. */
  all: string;
}

export interface World {
  checkout: TempCheckout;
  /** Of `slipway sandbox env`, over the test's own. */
  env: Record<string, string>;
  arm: ArmControl;
  /** The CLI in the sandbox's environment. */
  slipway(...args: string[]): Promise<Finished>;
  /** The same, with the parsed document of `--json`; fails the test unless it exits as told. */
  json<T>(args: readonly string[], exitCode?: number): Promise<T>;
  pulumi(...args: string[]): Promise<Finished>;
  /** Any program, in the sandbox's environment unless told otherwise. */
  run(file: string, args: readonly string[], env?: Record<string, string>): Promise<Finished>;
  /** Requests that change something, after a sequence number of the log. */
  writes(after: number): Promise<RequestLogEntry[]>;
  /** Sequence number of the newest line of the request log. */
  seq(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Starts a sandbox in a fresh checkout that is committed and clean.
 * @param prepare edits the checkout before it is committed
 */
export async function startWorld(
  prepare: (checkout: TempCheckout) => void = () => {},
): Promise<World> {
  const checkout = await tempCheckout({ files: "product", keep: true });
  try {
    prepare(checkout);
    await checkout.commit("Start");
    const started = await cli(checkout, process.env, ["sandbox", "start"]);
    if (started.exitCode !== 0) throw new Error(`the sandbox did not start: ${started.all}`);
    return await worldOf(checkout);
  } catch (error) {
    await cli(checkout, process.env, ["sandbox", "stop"]);
    checkout.dispose();
    throw error;
  }
}

async function worldOf(checkout: TempCheckout): Promise<World> {
  const printed = await cli(checkout, process.env, ["sandbox", "env", "--json"]);
  const env = JSON.parse(printed.stdout) as Record<string, string>;
  const arm = controlOf(env);
  const run: World["run"] = (file, args, own = env) =>
    finished(execa(file, [...args], { cwd: checkout.root, env: own, ...QUIET }));
  const slipway: World["slipway"] = (...args) => cli(checkout, env, args);
  return {
    checkout,
    env,
    arm,
    run,
    slipway,
    pulumi: (...args) => run("pulumi", [...args, "--non-interactive"]),
    async json<T>(args: readonly string[], exitCode = 0): Promise<T> {
      const result = await slipway(...args, "--json");
      if (result.exitCode !== exitCode) {
        throw new Error(
          `slipway ${args.join(" ")} exited ${result.exitCode}, expected ${exitCode}:\n${result.all}`,
        );
      }
      return JSON.parse(result.stdout) as T;
    },
    seq: async () => (await arm.requests()).at(-1)?.seq ?? 0,
    writes: async (after) => (await arm.requests(after)).filter((entry) => entry.write),
    async stop() {
      await slipway("sandbox", "stop");
      checkout.dispose();
    },
  };
}

function controlOf(env: Record<string, string>): ArmControl {
  const identity = new URL(known(env, "IDENTITY_ENDPOINT"));
  return armControl({
    endpoint: `https://${known(env, "ARM_METADATA_HOSTNAME")}`,
    identityPort: Number(identity.port),
    identityHeader: known(env, "IDENTITY_HEADER"),
    ca: readFileSync(known(env, "NODE_EXTRA_CA_CERTS"), "utf8"),
  });
}

/** A variable that the sandbox's environment must have. */
export function known(env: Record<string, string>, name: string): string {
  const value = env[name];
  if (value === undefined) throw new Error(`the sandbox's environment has no ${name}`);
  return value;
}

const QUIET = { reject: false, all: true, stdin: "ignore" } as const;

function cli(
  checkout: TempCheckout,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
): Promise<Finished> {
  const bin = join(checkout.root, "cli", "slipway.mjs");
  return finished(execa(process.execPath, [bin, ...args], { cwd: checkout.root, env, ...QUIET }));
}

async function finished(
  running: PromiseLike<{
    exitCode?: number | undefined;
    stdout: unknown;
    stderr: unknown;
    all?: unknown;
  }>,
): Promise<Finished> {
  const { exitCode, stdout, stderr, all } = await running;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return { exitCode: exitCode ?? -1, stdout: text(stdout), stderr: text(stderr), all: text(all) };
}
