import semver from "semver";
import { type VersionScheme, versionProblem } from "../../registry/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import type { Level } from "./changes.ts";

/** The versions `X.Y.*`, or `YYYY.MM.*`: those that one train may cut (D-28). */
export interface Line {
  /** `X.Y` or `YYYY.MM` */
  name: string;
  /** `X.Y.0` */
  first: string;
}

/** A component's first version, where nobody has named another one (https://semver.org, its FAQ). */
const FIRST_SEMVER = "0.1.0";

/** @throws SlipwayError `version-scheme` when a text is no line of a scheme */
export function parseLine(scheme: VersionScheme, name: string): Line {
  const first = `${name}.0`;
  if (name.split(".").length === 2 && versionProblem(scheme, first) === undefined) {
    return { name, first };
  }
  const example = scheme === "calver" ? "YYYY.MM, such as 2026.07" : "X.Y, such as 1.4";
  throw new SlipwayError({
    code: "version-scheme",
    message: `found the line ${JSON.stringify(name)}, expected ${example}`,
  });
}

/** The line that a version is in. */
export function lineOf(version: string): string {
  return version.split(".", 2).join(".");
}

/** Branch of a line's train (D-28). */
export function trainBranch(line: string): string {
  return `release/v${line}`;
}

/** Version without its pre-release part. */
export function plainVersion(version: string): string {
  return version.split("-", 1)[0] ?? version;
}

/** Identifier of a pre-release, e.g. `rc` of `1.0.0-rc.1`; undefined for a stable version. */
export function preReleaseId(version: string): string | undefined {
  return version === plainVersion(version)
    ? undefined
    : version.slice(plainVersion(version).length + 1).split(".", 1)[0];
}

/**
 * The version that a step leads to. Before 1.0.0 a breaking change is a minor step
 * (https://semver.org, 4): 1.0.0 is for people to declare.
 *
 * @param current newest stable version; undefined when there is none
 */
export function stepFrom(current: string | undefined, level: Level): string {
  if (current === undefined) return FIRST_SEMVER;
  const step = level === "major" && semver.major(current) === 0 ? "minor" : level;
  return assured(semver.inc(current, step), current);
}

/**
 * The pre-release that follows, `<version>-<id>.1` at first.
 *
 * @param last newest pre-release of the same version
 */
export function preReleaseOf(version: string, id: string, last: string | undefined): string {
  if (last === undefined) return `${version}-${id}.1`;
  return assured(semver.inc(last, "prerelease", id, "1"), last);
}

/** How far apart two versions are. */
export function stepBetween(scheme: VersionScheme, from: string, to: string): Level {
  const [a = [], b = []] = [from, to].map((version) => plainVersion(version).split("."));
  // A new month counts as minor, whatever the year (D-24).
  if (a[0] !== b[0]) return scheme === "calver" ? "minor" : "major";
  return a[1] === b[1] ? "patch" : "minor";
}

/**
 * The month is the released commit's, and not the clock's: the same commit gets the same version on
 * every machine, and a release that goes on after midnight goes on with the version it had. Where
 * releases are of a later month already, that month goes on: no version goes back.
 *
 * @param current newest version; undefined when there is none
 * @param committedAt `YYYY-MM-DDTHH:MM:SSZ`
 */
export function calverAfter(current: string | undefined, committedAt: string): string {
  const month = committedAt.slice(0, 7).replace("-", ".");
  if (current === undefined || lineOf(current) < month) return `${month}.0`;
  return followingPatch(current);
}

export function followingPatch(version: string): string {
  const patch = Number(version.split(".")[2]);
  return `${lineOf(version)}.${patch + 1}`;
}

function assured(version: string | null, from: string): string {
  if (version === null) throw new TypeError(`not a semver version: ${from}`);
  return version;
}
