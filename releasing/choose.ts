/** Which version and commit a release is of. Pure. */
import {
  type Component,
  compareVersions,
  type ReleaseRecord,
  tagPrefix,
  versionProblem,
} from "../registry/index.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import type { SourceTag } from "../source/index.ts";
import { lineOf, trainBranch } from "./next/lines.ts";

/** A tag that names a version of the component. */
export interface ReleaseTag extends SourceTag {
  version: string;
}

/** Those that follow the component's scheme, newest version first; others are nobody's release. */
export function releaseTags(component: Component, tags: readonly SourceTag[]): ReleaseTag[] {
  const prefix = tagPrefix(component);
  return tags
    .filter(({ name }) => name.startsWith(prefix))
    .map((tag) => ({ ...tag, version: tag.name.slice(prefix.length) }))
    .filter(({ version }) => versionProblem(component.scheme, version) === undefined)
    .sort((a, b) => compareVersions(component.scheme, b.version, a.version));
}

/**
 * The version to go on with where none was named: the newest tag that has no record, or else the
 * newest whose record is pending, as an interrupted release leaves it. One that was yanked is not
 * gone on with.
 *
 * @throws SlipwayError `version-none`
 */
export function unrecordedVersion(
  component: Component,
  tags: readonly ReleaseTag[],
  records: readonly ReleaseRecord[],
): string {
  const recordOf = new Map(records.map((record) => [record.version, record]));
  const isBegun = (record: ReleaseRecord | undefined) =>
    record?.status === "pending" && record.yanked === undefined;
  const tag =
    tags.find(({ version }) => !recordOf.has(version)) ??
    tags.find(({ version }) => isBegun(recordOf.get(version)));
  if (tag !== undefined) return tag.version;
  throw new SlipwayError({
    code: "version-none",
    message: `every tag ${tagPrefix(component)}* of ${component.repository.url} has its record; name a new version, or run: slipway release ${component.name} --next`,
  });
}

/**
 * @param tags of the component
 * @param asked commit or branch; without one the head of the version's train, where the component has
 *   one, else the release branch's
 */
export function chooseCommit(
  component: Component,
  { version, tags }: { version: string; tags: readonly ReleaseTag[] },
  branches: ReadonlyMap<string, string>,
  asked: string | undefined,
): { commit: string } | { problem: Problem } {
  const { releaseBranch, url } = component.repository;
  if (asked !== undefined) return commitNamed(component, branches, asked);
  // A train's name says no component: it may be that of another one in the same repository.
  const mayBeOurs =
    component.cadence === "monthly" || tags.some((tag) => lineOf(tag.version) === lineOf(version));
  const train = mayBeOurs ? branches.get(trainBranch(lineOf(version))) : undefined;
  const commit = train ?? branches.get(releaseBranch);
  if (commit !== undefined) return { commit };
  const message = `${url} has no branch ${releaseBranch}, from which ${component.name} is released; correct release_branch in releases/catalogue.yaml`;
  return { problem: { code: "branch-missing", message } };
}

/** @param asked commit or branch */
export function commitNamed(
  { repository: { releaseBranch, url } }: Component,
  branches: ReadonlyMap<string, string>,
  asked: string,
): { commit: string } | { problem: Problem } {
  const commit = branches.get(asked) ?? (/^[0-9a-f]{40}$/.test(asked) ? asked : undefined);
  if (commit !== undefined) return { commit };
  const message = `found neither a branch of ${url} nor a whole commit id in ${JSON.stringify(asked)}, expected one, e.g. --commit ${releaseBranch}`;
  return { problem: { code: "commit-unreachable", message } };
}
