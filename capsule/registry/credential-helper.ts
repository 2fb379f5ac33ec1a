/** Docker's credential helpers: https://github.com/docker/docker-credential-helpers */
import { ExecaError, execa } from "execa";
import { failure } from "./failures.ts";
import type { Login } from "./login.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The name goes into a program's; a path would start another one. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;
/** What helpers answer for a server that they know nothing of. */
const NOT_FOUND = /credentials not found/i;
/** User of a secret that is an identity token. */
const TOKEN_USER = "<token>";
const MAX_BYTES = 64 * 1024;
const MILLISECONDS = 60_000;

/**
 * Asks `docker-credential-<name> get`.
 *
 * @param server goes to its stdin, as Docker writes it
 * @returns undefined when it has no credentials of the server
 * @throws SlipwayError `registry-login`
 */
export async function askHelper(
  name: string,
  server: string,
  env: Environment,
): Promise<Login | undefined> {
  if (!NAME.test(name)) {
    throw refusal(JSON.stringify(name), "is no name of a credential helper");
  }
  const program = `docker-credential-${name}`;
  try {
    const { stdout } = await execa(program, ["get"], {
      env: withoutUndefined(env),
      extendEnv: false,
      input: server,
      maxBuffer: MAX_BYTES,
      timeout: MILLISECONDS,
    });
    return loginOf(program, stdout);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`;
    if (error.exitCode !== undefined && NOT_FOUND.test(said)) return undefined;
    // What it printed could hold a secret.
    const why =
      error.code === "ENOENT" ? "is not on PATH" : `failed (exit code ${error.exitCode ?? "none"})`;
    throw refusal(program, `${why} when asked for ${server}`);
  }
}

function loginOf(program: string, text: string): Login | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw refusal(program, "answered no JSON");
  }
  if (
    typeof answer !== "object" ||
    answer === null ||
    !("Username" in answer && typeof answer.Username === "string") ||
    !("Secret" in answer && typeof answer.Secret === "string")
  ) {
    throw refusal(program, "answered no Username and Secret");
  }
  const { Username: user, Secret: secret } = answer;
  if (secret === "") return undefined;
  return user === TOKEN_USER
    ? { kind: "identity", token: secret }
    : { kind: "password", user, password: secret };
}

function refusal(program: string, why: string) {
  return failure(
    "registry-login",
    `${program} ${why}, expected credentials or none; correct config.json of Docker, or run \`docker login\` again`,
  );
}

function withoutUndefined(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
