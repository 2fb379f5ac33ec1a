import { devNull } from "node:os";
import { ExecaError, execa } from "execa";
import { gitFailure, gitRemoteEnvironment, maskToken } from "../builds/git-environment.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface GitOptions {
  input?: string;
  env?: Readonly<Record<string, string>>;
  cwd?: string;
}

/** git over one bare repository, without simple-git: objects are bytes, and some come from stdin. */
export interface Git {
  /**
   * Reads or writes the mirror alone, by none of the user's settings.
   *
   * @returns standard output without the last line end
   * @throws GitFailure, as all of these
   */
  local(args: readonly string[], options?: GitOptions): Promise<string>;
  bytes(args: readonly string[]): Promise<Uint8Array>;
  /** Talks to the remote by the user's settings for it, with the token in the environment. */
  remote(args: readonly string[]): Promise<string>;
  /** What `git` says of the committer of this machine: `Name <address> <seconds> <zone>`. */
  identity(): Promise<string>;
}

/** git ended with an error. */
export class GitFailure extends Error {
  /** All that it wrote to stderr, without the token. */
  readonly stderr: string;
  readonly stdout: string;

  constructor(error: ExecaError, token: string | undefined) {
    const stderr = String(error.stderr ?? "");
    super(gitFailure(stderr.trim() === "" ? error.shortMessage : stderr, token));
    this.name = "GitFailure";
    this.stderr = maskToken(stderr, token);
    this.stdout = maskToken(String(error.stdout ?? ""), token);
  }
}

/** Names and addresses that git may take from the environment for a tag that it makes. */
const IDENTITY = ["GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE"];

/** A host that goes silent for a minute is given up. */
const PATIENCE = ["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=60"];

/** Nothing of this machine runs or stays behind when the mirror is written. */
const QUIET = ["-c", `core.hooksPath=${devNull}`, "-c", "gc.autoDetach=false"];

/**
 * @param directory the bare repository; it need not exist yet
 * @param access the address that git is told, after the endpoint map, and the token for it
 */
export function gitIn(
  directory: string,
  env: Environment,
  access: { url: string; token?: string | undefined },
): Git {
  const forRemote = gitRemoteEnvironment(env, access);
  const forMirror: Record<string, string> = {
    ...gitRemoteEnvironment(env, { url: access.url }),
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
  const inMirror = (args: readonly string[]) => [`--git-dir=${directory}`, ...QUIET, ...args];
  return {
    local: (args, options = {}) =>
      run(inMirror(args), { ...options, env: { ...forMirror, ...options.env } }),
    bytes: async (args) => {
      const raw = { encoding: "buffer", stripFinalNewline: false } as const;
      const options = { env: forMirror, extendEnv: false, ...raw };
      return (await execa("git", inMirror(args), options).catch(failed(undefined))).stdout;
    },
    remote: (args) => run(inMirror([...PATIENCE, ...args]), { env: forRemote }, access.token),
    identity: () => {
      const named = IDENTITY.flatMap((name) => {
        const value = env[name];
        return value === undefined ? [] : [[name, value]];
      });
      return run(["var", "GIT_COMMITTER_IDENT"], {
        env: { ...forRemote, ...Object.fromEntries(named) },
      });
    },
  };
}

async function run(
  args: readonly string[],
  { env, cwd, input }: GitOptions,
  token?: string,
): Promise<string> {
  const result = await execa("git", args, {
    ...(env === undefined ? {} : { env }),
    extendEnv: false,
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? { stdin: "ignore" } : { input }),
  }).catch(failed(token));
  return result.stdout;
}

function failed(token: string | undefined): (error: unknown) => never {
  return (error) => {
    throw error instanceof ExecaError ? new GitFailure(error, token) : error;
  };
}
