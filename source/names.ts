import { posix } from "node:path";

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** What `git check-ref-format` asks, and narrower: a dash in front is an option somewhere, some day. */
const REF = /^[0-9A-Za-z][0-9A-Za-z._+-]*(\/[0-9A-Za-z_][0-9A-Za-z._+-]*)*$/;
const REF_NEVER = /\.\.|\.$|\.(\/|$)|\.lock(\/|$)/;

/** @throws RangeError when a text is no full commit */
export function assertCommit(text: string): string {
  if (!COMMIT.test(text)) throw new RangeError(`not a full commit: ${JSON.stringify(text)}`);
  return text;
}

/** Whether a text can name a branch or tag that we make: no dash in front, nothing that git refuses. */
export function isRefName(text: string): boolean {
  return text.length <= 200 && REF.test(text) && !REF_NEVER.test(text);
}

/** @throws RangeError when a text is no name for a branch or tag */
export function assertRefName(text: string): string {
  if (!isRefName(text)) {
    throw new RangeError(
      `not a name for a branch or tag, which begins with a letter or digit: ${JSON.stringify(text)}`,
    );
  }
  return text;
}

/**
 * A path inside the repository as git names it: `""` for the root.
 *
 * @throws RangeError when it is absolute or leaves the repository
 */
export function insidePath(path: string): string {
  if (path === ".") return "";
  const clean = posix.normalize(path);
  if (path === "" || clean !== path || /^(\/|\.\.?(\/|$))|[\0\\]|\/$/.test(path)) {
    throw new RangeError(`not a path inside the repository: ${JSON.stringify(path)}`);
  }
  return path;
}

/**
 * Why a link's target, read at a path of a folder, leads out of that folder. A `..` behind a name
 * is taken for leading out: whether it does hangs on what that name is a link to.
 */
export function linkProblem(path: string, target: string): string | undefined {
  if (target === "" || posix.isAbsolute(target) || target.includes("\\")) return "is absolute";
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const up = parts.findIndex((part) => part !== "..");
  const climbs = up === -1 ? parts.length : up;
  if (parts.slice(climbs).includes("..")) return "goes up again behind a name";
  return climbs > path.split("/").length - 1 ? "leads out of the folder" : undefined;
}
