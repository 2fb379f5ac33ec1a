import { execa } from "execa";

/**
 * The environment for every git of the sandbox: nothing of the user's or the machine's settings,
 * so that sample commits come out the same everywhere and no prompt is ever shown.
 */
export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: "/nonexistent",
    LC_ALL: "C",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    // Repositories may belong to another user than the one who serves them (a checkout used by root).
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
  };
}

/**
 * @param args as for `git`; text from outside goes behind `--`
 * @returns standard output without the last line end
 * @throws when git fails, with its standard error in the message
 */
export async function git(args: readonly string[], input?: string | Uint8Array): Promise<string> {
  const { stdout } = await execa("git", args, {
    env: gitEnvironment(),
    extendEnv: false,
    ...(input === undefined ? {} : { input }),
  });
  return stdout;
}

/**
 * Whether a repository can be read with a token: `git ls-remote`, the token in the environment only.
 * @param url http or https
 * @returns undefined when it can, else what git said
 */
export async function remoteProblem(
  url: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const basic = Buffer.from(`x-access-token:${token ?? ""}`).toString("base64");
  const header = {
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_1: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_1: `Authorization: Basic ${basic}`,
  };
  const { exitCode, stderr } = await execa("git", ["ls-remote", "--quiet", "--", url, "HEAD"], {
    env: { ...gitEnvironment(), ...(token === undefined ? {} : header) },
    extendEnv: false,
    reject: false,
    cancelSignal: signal,
  });
  return exitCode === 0 ? undefined : stderr.trim() || `git ended with ${exitCode ?? "a signal"}`;
}
