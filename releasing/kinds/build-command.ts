/** A release's own build command: run in an export of its commit, with no secret in its environment. */
import { execa } from "execa";
import { lastLines, tailOf } from "../../builds/log.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { commitTime } from "./artifact.ts";
import type { KindContext } from "./types.ts";

const TOLD_LINES = 10;
/** What signs, pushes and deploys is none of a build's matter. */
const WITHHELD =
  /^(?:SLIPWAY|COSIGN|PULUMI|AZURE|ARM|IDENTITY|MSI|GIT|HELM|SYFT)_|^(?:GITHUB|GH|GITLAB|ACTIONS)_.*TOKEN|TOKEN$|_KEY$|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL/i;
/** How a variable that holds the key itself is named, see `releaseKeys`. */
const KEY_VARIABLE = /^env:\/\/(.+)$/;

/**
 * Runs it without a shell. Beside the user's environment it gets `SLIPWAY_VERSION`, `SLIPWAY_COMMIT`
 * and `SOURCE_DATE_EPOCH`, the commit's time.
 *
 * @param command program and arguments
 * @param folder that it runs in
 * @throws SlipwayError `build-failed` with the last lines that it printed
 */
export async function runBuildCommand(
  context: KindContext,
  command: readonly string[],
  folder: string,
): Promise<void> {
  const [program = "", ...args] = command;
  const { component, version, tag, env } = context;
  context.note(`building ${component.name}@${version}: ${program}`);
  const time = await commitTime(context);
  const child = execa(program, args, {
    cwd: folder,
    env: {
      ...harmless(env),
      SLIPWAY_VERSION: version,
      SLIPWAY_COMMIT: tag.commit,
      SOURCE_DATE_EPOCH: String(time),
    },
    extendEnv: false,
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
  });
  const printed = await tailOf(child.iterable({ from: "all", binary: true }));
  const { failed, exitCode, signal, code } = await child;
  if (!failed) return;
  const how =
    signal === undefined
      ? exitCode === undefined
        ? `could not be started (${code})`
        : `ended with ${exitCode}`
      : `was ended by ${signal}`;
  const lines = lastLines(printed.replaceAll(`${folder}/`, ""), TOLD_LINES);
  const said = lines.length === 0 ? "it printed nothing" : `its last lines: ${lines.join(" | ")}`;
  throw new SlipwayError({
    code: "build-failed",
    message: `${component.name}@${version}: the build command ${program} ${how} at ${tag.commit}; ${said}; correct it and release a new version, or run the same command again`,
  });
}

function harmless(env: KindContext["env"]): Record<string, string | undefined> {
  const keys = [env.SLIPWAY_SIGNING_KEY, env.SLIPWAY_VERIFICATION_KEY].map(
    (key = "") => KEY_VARIABLE.exec(key)?.[1],
  );
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !WITHHELD.test(name) && !keys.includes(name)),
  );
}
