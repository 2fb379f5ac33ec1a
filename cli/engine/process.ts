import { delimiter } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import semver from "semver";
import { SlipwayError } from "../../schemas/problem.ts";
import { engineProblem } from "../../tools/engine.mjs";
import { findTool, toolsEnvPath } from "../../tools/find.mjs";

/** What one call of `pulumi` printed. */
export interface EngineOutput {
  stdout: string;
  stderr: string;
  code: number;
  /** What ended it, where it did not end by itself. */
  signal?: string;
}

/** `pulumi` ended with an error. */
export class EngineFailure extends Error {
  readonly output: EngineOutput;

  constructor(args: readonly string[], output: EngineOutput) {
    super(`pulumi ${args[0] ?? ""} ended with ${output.code}: ${output.stderr.trim()}`);
    this.name = "EngineFailure";
    this.output = output;
  }
}

/** The engine of this machine, as the Automation API and the settling of interrupted runs call it. */
export interface Engine extends PulumiCommand {
  /** Signature of the Automation API's own command, which calls it on the object it is given. */
  run(
    args: string[],
    cwd: string,
    env: Record<string, string>,
    onOutput?: (chunk: string) => void,
    onError?: (chunk: string) => void,
  ): Promise<EngineOutput>;
  /**
   * Passes a signal on: at the first SIGINT the engine starts nothing more and writes down what is in
   * flight, a second one ends it.
   *
   * @returns whether there was a run to signal
   */
  signal(signal: NodeJS.Signals): boolean;
}

/**
 * Finds `pulumi` on PATH or among the tools that were set up.
 *
 * The engine gets a process group of its own. A terminal's Ctrl-C goes to the whole foreground
 * group: the engine would get it twice, from the terminal and from us, and take the second one as
 * the order to drop its writes.
 *
 * @throws SlipwayError with code `tool-missing`
 */
export async function findEngine(): Promise<Engine> {
  const file = findTool("pulumi");
  if (file === undefined) {
    throw new SlipwayError({
      code: "tool-missing",
      message: "pulumi is neither on PATH nor set up: run `node tools/setup.mjs`",
    });
  }
  // The engine looks for its language host there.
  const PATH = [toolsEnvPath(), process.env.PATH].filter(Boolean).join(delimiter);
  const version = await versionOf(file);
  const running = new Set<{ pid?: number | undefined }>();
  const run: Engine["run"] = async (args, cwd, env, onOutput, onError) => {
    const all = args.includes("--non-interactive") ? args : [...args, "--non-interactive"];
    const child = execa(file, all, {
      cwd,
      env: { ...env, PATH, PULUMI_AUTOMATION_API: "true", PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdin: "ignore",
      detached: true,
      reject: false,
    });
    running.add(child);
    child.stdout.on("data", (chunk: Buffer) => onOutput?.(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => onError?.(chunk.toString()));
    const result = await child;
    running.delete(child);
    const output = {
      stdout: result.stdout,
      stderr: result.stderr,
      code: result.exitCode ?? 128,
      ...(result.signal === undefined ? {} : { signal: result.signal }),
    };
    if (output.code === 0) return output;
    const stderr = output.stderr || result.shortMessage || "";
    throw new EngineFailure(all, { ...output, stderr });
  };
  const signal: Engine["signal"] = (name) =>
    [...running].map(({ pid }) => pid !== undefined && sent(pid, name)).includes(true);
  return { command: file, version, run, signal };
}

/** @throws SlipwayError with code `tool-missing` for an engine that will not do */
async function versionOf(file: string): Promise<semver.SemVer | null> {
  const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { stdout = "" } = await execa(file, ["version"], { env, stdin: "ignore", reject: false });
  const message = engineProblem(stdout, file);
  if (message !== undefined) throw new SlipwayError({ code: "tool-missing", message });
  return semver.parse(stdout.trim());
}

/** @returns false where the process is gone and its end not yet told */
function sent(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
