import semver from "semver";
import type { VersionScheme } from "./types.ts";

/** `YYYY.MM.PATCH`; the month has two digits, the patch no leading zero (D-22). */
const CALVER = /^([1-9][0-9]{3})\.(0[1-9]|1[0-2])\.(0|[1-9][0-9]{0,8})$/;

/** A calver month in a range, with or without a patch behind it. */
const CALVER_MONTH = /(?<![0-9.])([1-9][0-9]{3})\.([0-9]+)(?![0-9])/g;

/**
 * Why a text is no version of a scheme, fit to follow it in a sentence; undefined when it is one.
 * Build metadata (`+...`) is refused: no image tag can carry it.
 */
export function versionProblem(scheme: VersionScheme, version: string): string | undefined {
  if (scheme === "calver") {
    return CALVER.test(version)
      ? undefined
      : "is not calver; expected YYYY.MM.PATCH with a two-digit month, such as 2026.06.0";
  }
  return semver.valid(version) === version
    ? undefined
    : "is not semver; expected MAJOR.MINOR.PATCH without a leading v, such as 1.4.0 or 2.0.0-rc.1";
}

/**
 * Order of two versions of one scheme: negative, zero or positive.
 *
 * @throws TypeError when one of them is no version of the scheme
 */
export function compareVersions(scheme: VersionScheme, a: string, b: string): number {
  return semver.compare(comparable(scheme, a), comparable(scheme, b));
}

/** Newest version first; each version is parsed once. */
export function newestFirst<T extends { version: string }>(
  scheme: VersionScheme,
  releases: readonly T[],
): T[] {
  return releases
    .map((release) => ({ release, key: new semver.SemVer(comparable(scheme, release.version)) }))
    .sort((a, b) => semver.compare(b.key, a.key))
    .map(({ release }) => release);
}

/** Whether a version is not a pre-release. Calver has none. */
export function isStable(scheme: VersionScheme, version: string): boolean {
  return semver.prerelease(comparable(scheme, version)) === null;
}

/** Why a text is no range over a scheme, fit to follow it in a sentence; undefined when it is one. */
export function rangeProblem(scheme: VersionScheme, range: string): string | undefined {
  if (scheme === "calver") {
    for (const [text, , month = ""] of range.matchAll(CALVER_MONTH)) {
      if (!/^(0[1-9]|1[0-2])$/.test(month)) {
        return `has ${text}; expected a two-digit month from 01 to 12, as in 2026.06`;
      }
    }
  }
  return semver.validRange(comparableRange(scheme, range)) === null
    ? `is not a range; expected one such as ${scheme === "calver" ? '">=2026.06.0 <2026.09.0"' : '">=1.4.0 <2.0.0"'}`
    : undefined;
}

/**
 * Whether a version is in a range. As npm has it, a pre-release is only in a range that names a
 * pre-release of the same version.
 */
export function satisfiesRange(scheme: VersionScheme, version: string, range: string): boolean {
  return semver.satisfies(comparable(scheme, version), comparableRange(scheme, range));
}

/** Whether every version in a range is in another one, too. */
export function rangeWithin(scheme: VersionScheme, range: string, outer: string): boolean {
  return semver.subset(comparableRange(scheme, range), comparableRange(scheme, outer));
}

/** Semver allows no leading zero, and a month without it sorts the same. */
function comparable(scheme: VersionScheme, version: string): string {
  if (scheme === "semver") return version;
  const match = CALVER.exec(version);
  if (match === null) throw new TypeError(`not a calver version: ${version}`);
  return `${match[1]}.${Number(match[2])}.${match[3]}`;
}

function comparableRange(scheme: VersionScheme, range: string): string {
  return scheme === "semver"
    ? range
    : range.replaceAll(CALVER_MONTH, (_, year, month) => `${year}.${Number(month)}`);
}
