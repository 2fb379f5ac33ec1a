/** Logins as `docker login`, `az acr login` and `crane auth login` leave them. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { askHelper } from "./credential-helper.ts";
import { failure } from "./failures.ts";
import type { Login } from "./login.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The parts of config.json that are read here; all from outside. */
interface ConfigDocument {
  auths?: unknown;
  credHelpers?: unknown;
  credsStore?: unknown;
}

/** Docker Hub's host is not the name that its logins stand under. */
const HUB = { host: "registry-1.docker.io", key: "https://index.docker.io/v1/" };

/**
 * The login of a registry: its own helper's, else the common helper's, else what stands in the file.
 *
 * @param registry `<host>[:<port>]`
 * @param env `DOCKER_CONFIG`, else `HOME`; and what helpers are run with
 * @returns undefined when there is none
 * @throws SlipwayError `registry-login`
 */
export async function dockerLogin(
  registry: string,
  env: Environment = process.env,
): Promise<Login | undefined> {
  const file = join(env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker"), "config.json");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw broken(file, "could not be read", error);
  });
  if (text === undefined) return undefined;
  const { auths, credHelpers, credsStore } = parse(file, text);
  const server = registry === HUB.host || registry === "docker.io" ? HUB.key : registry;
  const helper = entryOf(credHelpers, server) ?? (credsStore === "" ? undefined : credsStore);
  if (helper !== undefined) {
    if (typeof helper !== "string") throw broken(file, "names a credential helper by no text");
    const login = await askHelper(helper, server, env);
    if (login !== undefined) return login;
  }
  return storedLogin(file, entryOf(auths, server));
}

/** Of a map by server; keys may be URLs, as older clients wrote them. */
function entryOf(map: unknown, server: string): unknown {
  if (typeof map !== "object" || map === null) return undefined;
  const entries = new Map<string, unknown>(Object.entries(map));
  if (entries.has(server)) return entries.get(server);
  const host = hostOf(server);
  return [...entries].find(([key]) => hostOf(key) === host)?.[1];
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function storedLogin(file: string, entry: unknown): Login | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const texts = new Map(
    Object.entries(entry).flatMap(([key, value]) =>
      typeof value === "string" && value !== "" ? [[key, value] as const] : [],
    ),
  );
  const bearer = texts.get("registrytoken");
  if (bearer !== undefined) return { kind: "bearer", token: bearer };
  const identity = texts.get("identitytoken");
  if (identity !== undefined) return { kind: "identity", token: identity };
  const auth = texts.get("auth");
  if (auth !== undefined) {
    // Docker pads with zero bytes.
    const pair = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = pair.indexOf(":");
    if (colon < 1) throw broken(file, "has an `auth` that is no user and password");
    return { kind: "password", user: pair.slice(0, colon), password: pair.slice(colon + 1) };
  }
  const user = texts.get("username");
  const password = texts.get("password");
  return user === undefined || password === undefined
    ? undefined
    : { kind: "password", user, password };
}

function parse(file: string, text: string): ConfigDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own message would quote the file.
    throw broken(file, "is no JSON");
  }
  if (typeof document !== "object" || document === null) throw broken(file, "is no JSON object");
  return document;
}

function broken(file: string, why: string, cause?: unknown) {
  return failure(
    "registry-login",
    `${file} ${why}, expected Docker's config.json; correct it, or log in again by \`docker login\``,
    cause,
  );
}
