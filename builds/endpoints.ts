import { SlipwayError } from "../schemas/problem.ts";

/** Where a canonical address is served. */
export interface MappedImage {
  /** `<host>[:<port>]/<repository>[:<tag>|@<digest>]` */
  ref: string;
  /** Served over plain http. */
  insecure: boolean;
}

export interface MappedRegistry {
  /** `https://<host>` or `http://<loopback>:<port>`, without a slash at the end. */
  origin: string;
  /** Goes before every repository name: empty, or a path that ends in `/`. */
  prefix: string;
  insecure: boolean;
}

/**
 * From addresses as on Azure to the ones that answer here (S-4). Applied at the very edge, inside
 * builders and git calls; what it returns is never an input or output of a resource.
 */
export interface EndpointMap {
  /** Whether every address stays as it is. */
  readonly identity: boolean;
  /** @param host e.g. `<name>.azurecr.io` */
  mapRegistry(host: string): MappedRegistry;
  /** @param reference `<host>/<repository>[:<tag>|@<digest>]` */
  mapImage(reference: string): MappedImage;
  /** @param url of a repository, or a build context that begins with one */
  mapGitUrl(url: string): string;
}

interface RegistryRule {
  matches(host: string): string | undefined;
  target: URL;
}

interface GitRule {
  from: string;
  to: string;
}

const VARIABLE = "SLIPWAY_ENDPOINTS";
const HOST = /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/;
const KEY_HELP =
  "expected the host of a registry (`*.azurecr.io`), or an https URL that ends in / with a target that ends in /";

/**
 * Reads `SLIPWAY_ENDPOINTS`, a JSON object. A key is a registry's host (a first label of `*` stands
 * for any one label, and for itself in the target's path) or the beginning of an https URL of git
 * repositories, up to a slash; its value is the http or https URL that takes the place.
 *
 * @example `{"*.azurecr.io":"http://127.0.0.1:5000/*","https://git.example.com/":"http://127.0.0.1:5001/git.example.com/"}`
 * @throws SlipwayError `endpoint-map` that lists every entry that is not one of these
 */
export function endpointMapFrom(
  env: Readonly<Record<string, string | undefined>> = process.env,
): EndpointMap {
  const registries: RegistryRule[] = [];
  const repositories: GitRule[] = [];
  const wrong: string[] = [];
  for (const [key, value] of readEntries(env[VARIABLE])) {
    const target = targetUrl(value);
    if (typeof target === "string") wrong.push(`${JSON.stringify(key)}: ${target}`);
    else if (key.startsWith("https://") && key.endsWith("/") && value.endsWith("/")) {
      repositories.push({ from: key, to: value });
    } else if (HOST.test(key)) registries.push(registryRule(key, target));
    else wrong.push(`${JSON.stringify(key)}: ${KEY_HELP}`);
  }
  if (wrong.length > 0) throw malformed(wrong);
  // The longest prefix is the most specific one.
  repositories.sort((a, b) => b.from.length - a.from.length);
  return createMap(registries, repositories);
}

function createMap(
  registries: readonly RegistryRule[],
  repositories: readonly GitRule[],
): EndpointMap {
  const mapRegistry = (host: string): MappedRegistry => {
    for (const rule of registries) {
      const label = rule.matches(host);
      if (label === undefined) continue;
      const path = decodeURI(rule.target.pathname)
        .replace("*", label)
        .replace(/^\/|\/$/g, "");
      return {
        origin: rule.target.origin,
        prefix: path === "" ? "" : `${path}/`,
        insecure: rule.target.protocol === "http:",
      };
    }
    return { origin: `https://${host}`, prefix: "", insecure: false };
  };
  return {
    identity: registries.length === 0 && repositories.length === 0,
    mapRegistry,
    mapImage(reference) {
      const slash = reference.indexOf("/");
      if (slash <= 0) throw new RangeError(`not an image reference with a host: ${reference}`);
      const { origin, prefix, insecure } = mapRegistry(reference.slice(0, slash));
      const host = origin.slice(origin.indexOf("//") + 2);
      return { ref: `${host}/${prefix}${reference.slice(slash + 1)}`, insecure };
    },
    mapGitUrl(url) {
      const rule = repositories.find(({ from }) => url.startsWith(from));
      return rule === undefined ? url : rule.to + url.slice(rule.from.length);
    },
  };
}

function readEntries(text: string | undefined): [string, string][] {
  if (text === undefined || text.trim() === "") return [];
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed(["it is no JSON"]);
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw malformed(["expected a JSON object"]);
  }
  return Object.entries(document).map(([key, value]) => [
    key,
    typeof value === "string" ? value : "",
  ]);
}

/** @returns the URL, or what is wrong with it */
function targetUrl(value: string): URL | string {
  if (!URL.canParse(value)) return "the target is no URL";
  const url = new URL(value);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return "the target is more than scheme, host and path";
  }
  if (url.protocol === "https:") return url;
  // Tokens go to these addresses; in clear they must not leave the machine.
  if (url.protocol === "http:" && isLoopback(url.host)) return url;
  return "the target must be https, or http on a loopback address";
}

function registryRule(pattern: string, target: URL): RegistryRule {
  if (!pattern.startsWith("*.")) {
    return { matches: (host) => (host === pattern ? "" : undefined), target };
  }
  const suffix = pattern.slice(1);
  return {
    matches(host) {
      if (!host.endsWith(suffix)) return undefined;
      const label = host.slice(0, -suffix.length);
      return label === "" || label.includes(".") ? undefined : label;
    },
    target,
  };
}

function malformed(reasons: readonly string[]): SlipwayError {
  return new SlipwayError({
    code: "endpoint-map",
    message: `${VARIABLE}: ${reasons.join("; ")}; run \`slipway sandbox env\` again, or unset it to reach Azure`,
  });
}

/** Whether requests to this host, with its port or without, stay on the machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}
