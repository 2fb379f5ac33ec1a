import { ExecaError, execa } from "execa";
import { releaseTool } from "../builds/tool.ts";
import { SlipwayError } from "../schemas/problem.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Neither Rekor nor a timestamp authority nor Sigstore's own configuration is asked. */
export const OFFLINE = ["--use-signing-config=false", "--tlog-upload=false", "--yes"] as const;

/** `cosign` ended with an error; the message is its reason, in one line. */
export class CosignFailure extends Error {
  override readonly name = "CosignFailure";
}

/**
 * Runs cosign.
 *
 * @param env the caller's; of cosign's own variables only the password and the key are passed on,
 *   because the others send signatures elsewhere or give them another format
 * @returns what it printed
 * @throws CosignFailure
 * @throws SlipwayError `tool-missing` where it is missing or older than version 3
 */
export async function cosign(
  args: readonly string[],
  env: Environment,
  keep: readonly string[] = [],
): Promise<string> {
  const program = releaseTool("cosign");
  try {
    const { stdout } = await execa(program, args, {
      env: withoutSettings(env, ["COSIGN_PASSWORD", ...keep]),
      extendEnv: false,
      stdin: "ignore",
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const reason = reasonOf(String(error.stderr ?? "")) ?? error.shortMessage;
    if (/unknown (shorthand )?flag|unknown command/.test(reason)) {
      throw new SlipwayError({
        code: "tool-missing",
        message: `${program} is too old (${reason}), expected cosign 3: install it, or run \`node tools/setup.mjs --for test\``,
      });
    }
    throw new CosignFailure(reason);
  }
}

function withoutSettings(env: Environment, keep: readonly string[]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || (name.startsWith("COSIGN_") && !keep.includes(name))) continue;
    kept[name] = value;
  }
  return kept;
}

function reasonOf(stderr: string): string | undefined {
  const lines = stderr.split("\n").map((line) => line.trim());
  const told = lines.find((line) => /^error:/i.test(line));
  return told?.replace(/^error:\s*/i, "");
}
