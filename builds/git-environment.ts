/** Settings of the user's that git may keep; every other `GIT_` variable could point it elsewhere. */
const KEPT = [
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_EXEC_PATH",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
] as const;
/** Programs that git would start to ask or to page. */
const INTERACTIVE = ["EDITOR", "VISUAL", "PAGER", "PREFIX", "SSH_ASKPASS"];

export interface RemoteAccess {
  /** The address that git is told, after the endpoint map. */
  url: string;
  /** Password for it, with any user name; without one git asks the user's credential helpers. */
  token?: string | undefined;
}

/**
 * The environment of a git that talks to one remote: it never prompts, speaks only the URL's own
 * protocol (or ssh, where the user's `insteadOf` says so), and gets the token as a header by
 * `GIT_CONFIG_*`, so that it is in no argument list and in no message of git's.
 *
 * @param env the caller's environment, e.g. `process.env`
 */
export function gitRemoteEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { url, token }: RemoteAccess,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || INTERACTIVE.includes(name)) continue;
    if (name.startsWith("GIT_") && !KEPT.some((kept) => kept === name)) continue;
    result[name] = value;
  }
  return {
    ...result,
    // Messages are read below, so they must not be translated.
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    // Empty, and not unset: it keeps `core.askPass` and SSH_ASKPASS from opening a window.
    GIT_ASKPASS: "",
    GCM_INTERACTIVE: "never",
    GIT_ALLOW_PROTOCOL: `${new URL(url).protocol.slice(0, -1)}:ssh`,
    ...(token === undefined ? {} : authorization(url, token)),
  };
}

/** What the schema asks of a repository's URL; asked again where git gets to see it. */
export function isPlainHttps(url: string): boolean {
  if (!url.startsWith("https://") || !URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username === "" && password === "";
}

/**
 * The line of git's messages that tells what went wrong, without the token.
 *
 * @param message all that git wrote to stderr
 */
export function gitFailure(message: string, token: string | undefined): string {
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const told =
    lines.find((line) => /^(fatal|error|remote):/.test(line)) ?? lines[0] ?? "git failed";
  return maskToken(told, token);
}

/** The text without the token, in clear or as basic authentication writes it: a host can send it back. */
export function maskToken(text: string, token: string | undefined): string {
  if (token === undefined) return text;
  return text.replaceAll(token, "***").replaceAll(basicAuthorization(token), "***");
}

function basicAuthorization(token: string): string {
  return Buffer.from(`x-access-token:${token}`, "utf8").toString("base64");
}

function authorization(url: string, token: string): Record<string, string> {
  return {
    GIT_CONFIG_COUNT: "1",
    // Bound to the host: another one that git is sent to must not see it.
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basicAuthorization(token)}`,
  };
}
