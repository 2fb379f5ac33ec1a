import {
  type Component,
  compareVersions,
  isStable,
  newestFirst,
  type ReleaseRecord,
  tagPrefix,
  type VersionScheme,
  versionProblem,
} from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import type { Source } from "../../source/index.ts";
import { type Line, lineOf } from "./lines.ts";

/** A version that is taken: it has a record, or a tag, or both. */
export interface KnownRelease {
  version: string;
  commit: string;
  stable: boolean;
  /** Whether nothing of it is left to be done. */
  finished: boolean;
}

/**
 * The versions of a component that are taken, newest first.
 *
 * @throws SlipwayError `tag-moved` for every tag that is not where its record says (D-06)
 */
export async function knownReleases(
  { scheme, ...component }: Component,
  records: readonly ReleaseRecord[],
  source: Source,
): Promise<KnownRelease[]> {
  const prefix = tagPrefix(component);
  const releases = new Map<string, KnownRelease>();
  for (const { name, commit } of await source.tags(prefix)) {
    const version = name.slice(prefix.length);
    if (versionProblem(scheme, version) !== undefined) continue;
    const stable = isStable(scheme, version);
    releases.set(version, { version, commit, stable, finished: false });
  }
  const problems: Problem[] = [];
  for (const { version, status, yanked, file, source: pinned } of records) {
    const tagged = releases.get(version);
    // History's tags may be in another repository (D-05).
    if (status !== "history" && tagged !== undefined && tagged.commit !== pinned.commit) {
      problems.push({
        code: "tag-moved",
        file,
        path: "source.commit",
        message: `tag ${pinned.tag} of ${component.repository.url} stands at ${tagged.commit}, the record pins ${pinned.commit}: a release tag never moves; put it back, or release a new version`,
      });
    }
    releases.set(version, {
      version,
      commit: pinned.commit,
      stable: isStable(scheme, version),
      finished: status !== "pending" || yanked !== undefined,
    });
  }
  if (problems.length > 0) throw new SlipwayError(problems);
  return newestFirst(scheme, [...releases.values()]);
}

/**
 * The release that the next one comes after: the newest stable one, or on a train the newest stable
 * one that is in the line or below it.
 *
 * @param known newest first
 */
export function baseOf(
  scheme: VersionScheme,
  known: readonly KnownRelease[],
  line: Line | undefined,
): KnownRelease | undefined {
  return known.find(({ version, stable }) => {
    if (!stable) return false;
    if (line === undefined || lineOf(version) === line.name) return true;
    return compareVersions(scheme, version, line.first) < 0;
  });
}
