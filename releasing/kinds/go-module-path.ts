import semver from "semver";

/** What go.mod says, as far as a release depends on it. */
export interface GoModFile {
  /** Undefined when there is no `module` line. */
  path: string | undefined;
  /** `major.minor` of the `go` line, e.g. `1.24`. */
  language: string | undefined;
}

/** As records have it: a host with a dot, then plain characters. */
const MODULE_PATH = /^[a-z0-9-]+(\.[a-z0-9-]+)+(\/[0-9A-Za-z._~-]+)*$/;
const MAJOR = /\/v([2-9]|[1-9][0-9]+)$/;

/** Reads go.mod by the rule of `ModulePath` in golang.org/x/mod/modfile. */
export function readGoMod(content: Uint8Array): GoModFile {
  const lines = Buffer.from(content)
    .toString("utf8")
    .split("\n")
    .map((line) => line.replace(/\/\/.*$/, "").trim());
  const value = (directive: RegExp) =>
    lines.map((line) => directive.exec(line)?.[1]).find((text) => text !== undefined);
  const path = value(/^module\s+(\S.*)$/);
  return {
    path:
      path === undefined ? undefined : (/^"(.*)"$|^`(.*)`$/.exec(path)?.slice(1).join("") ?? path),
    language: value(/^go\s+([1-9][0-9]*\.[0-9]+)/),
  };
}

/**
 * Why `go` would not find a module's release by this path, fit to follow the path in a sentence.
 *
 * @param folder of the module in its repository, `.` for the root
 * @param url of the repository, `https://<host>/<path>.git`
 */
export function modulePathProblem(
  path: string,
  version: string,
  { folder, url }: { folder: string; url: string },
): string | undefined {
  if (!MODULE_PATH.test(path)) return "is no module path, expected <host>/<path>";
  const major = semver.major(version);
  const suffix = MAJOR.exec(path)?.[0] ?? "";
  const expected = major < 2 ? "" : `/v${major}`;
  if (suffix !== expected) {
    const wanted = expected === "" ? "no major suffix" : `the major suffix ${expected}`;
    return `has ${suffix === "" ? "no major suffix" : `the major suffix ${suffix}`}, expected ${wanted} for version ${version}`;
  }
  const root = path.slice(0, path.length - suffix.length);
  const inside = folder === "." ? "" : `/${folder}`.replace(MAJOR, "");
  if (!root.endsWith(inside)) {
    return `does not end in ${inside.slice(1)}${expected}, the module's folder in its repository`;
  }
  const { host, pathname } = new URL(url);
  const address = host + pathname;
  const repository = root.slice(0, root.length - inside.length);
  if (
    !root.startsWith(`${host}/`) ||
    [address, address.replace(/\.git$/, "")].includes(repository)
  ) {
    return undefined;
  }
  return `is not below ${address.replace(/\.git$/, "")}, the repository it is in`;
}
