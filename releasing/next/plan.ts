import { compareVersions } from "../../registry/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { levelOf, type ParsedCommit } from "./changes.ts";
import {
  calverAfter,
  followingPatch,
  lineOf,
  plainVersion,
  preReleaseId,
  preReleaseOf,
  stepFrom,
  trainBranch,
} from "./lines.ts";
import type { Place } from "./place.ts";
import { changesBetween, changesSince } from "./range.ts";
import { baseOf, type KnownRelease } from "./releases.ts";
import type { NextRequest } from "./types.ts";

export interface Plan {
  /** Newest stable release before it. */
  base: KnownRelease | undefined;
  /** Newest pre-release of the same version, where another one is asked for. */
  last: KnownRelease | undefined;
  version: string;
  commit: string;
  /** Since `last`, or else `base`. */
  commits: readonly ParsedCommit[];
  /** Whether its tag is there already. */
  tagged: boolean;
}

/** The newest release of the place, when it is tagged, not finished, and nothing came after it. */
export async function begunPlan(
  { component, source, pre }: NextRequest,
  { head, line }: Place,
  known: readonly KnownRelease[],
): Promise<Plan | undefined> {
  const newest = known.find(({ version }) => line === undefined || lineOf(version) === line.name);
  if (newest === undefined || newest.finished || preReleaseId(newest.version) !== pre) {
    return undefined;
  }
  if (!(await source.contains(newest.commit, head))) return undefined;
  if ((await changesBetween(source, component, newest.commit, head)).length > 0) return undefined;
  const { version, commit } = newest;
  const others = known.filter((release) => release !== newest);
  const base = baseOf(component.scheme, others, line);
  const last = pre === undefined ? undefined : newestOf(others, plainVersion(version));
  const commits =
    last === undefined
      ? await changesSince(source, component, others, base, commit)
      : await changesBetween(source, component, last.commit, commit);
  return { base, last, version, commit, commits, tagged: true };
}

/** @throws SlipwayError `version-none`, `version-scheme`, `train-rule` */
export async function newPlan(
  request: NextRequest,
  place: Place,
  known: readonly KnownRelease[],
): Promise<Plan> {
  const { component, source, pre } = request;
  const { head, line } = place;
  const base = baseOf(component.scheme, known, line);
  const since = await changesSince(source, component, known, base, head);
  if (since.length === 0) throw nothingSince(request, place, base);
  const target = await targetOf(request, place, known, base, since);
  const last = pre === undefined ? undefined : newestOf(known, target);
  const commits =
    last === undefined ? since : await changesBetween(source, component, last.commit, head);
  // One version per component and commit: the tag `git-<commit>` can name one image only (S-8).
  const same = known.find(({ commit }) => commit === head);
  if (commits.length === 0 || same !== undefined) throw nothingSince(request, place, same ?? last);
  const version = pre === undefined ? target : preReleaseOf(target, pre, last?.version);
  if (last !== undefined && compareVersions(component.scheme, version, last.version) <= 0) {
    throw new SlipwayError({
      code: "version-scheme",
      message: `${version} comes before ${last.version}, which is there already; go on with --pre ${preReleaseId(last.version)}`,
    });
  }
  return { base, last, version, commit: head, commits, tagged: false };
}

/** The stable version that is next, or that the next pre-release is of. */
async function targetOf(
  request: NextRequest,
  { head, line }: Place,
  known: readonly KnownRelease[],
  base: KnownRelease | undefined,
  since: readonly ParsedCommit[],
): Promise<string> {
  const { component, source } = request;
  const { name, scheme, cadence } = component;
  if (line !== undefined) {
    const inLine = base !== undefined && lineOf(base.version) === line.name;
    return inLine ? followingPatch(base.version) : line.first;
  }
  const target =
    scheme === "calver"
      ? calverAfter(base?.version, (await source.commit(head))?.committedAt ?? "")
      : await semverTarget(request, head, known, base, since);
  const train = trainBranch(lineOf(target));
  if (cadence === "monthly" && (await source.branchCommit(train)) !== undefined) {
    throw new SlipwayError({
      code: "train-rule",
      message: `${name} would be ${target}, whose line has the train ${train}, where it gets fixes only; run: slipway next ${name} --train ${lineOf(target)}, or cut the train of a later line`,
    });
  }
  return target;
}

/** What the commits call for, and never less than what a pre-release of them has announced. */
async function semverTarget(
  { source }: NextRequest,
  head: string,
  known: readonly KnownRelease[],
  base: KnownRelease | undefined,
  since: readonly ParsedCommit[],
): Promise<string> {
  const called = stepFrom(base?.version, levelOf(since));
  for (const { version, stable, commit } of known) {
    const announced = plainVersion(version);
    if (stable || compareVersions("semver", announced, called) <= 0) continue;
    if (await source.contains(commit, head)) return announced;
  }
  return called;
}

function newestOf(known: readonly KnownRelease[], version: string): KnownRelease | undefined {
  return known.find((each) => !each.stable && plainVersion(each.version) === version);
}

function nothingSince(
  { component: { name, path } }: NextRequest,
  { branch, head }: Place,
  last: KnownRelease | undefined,
): SlipwayError {
  const since = last === undefined ? "" : ` since ${last.version}, at ${last.commit}`;
  return new SlipwayError({
    code: "version-none",
    message: `found no commit in ${path} of ${branch}${since}, that is not reverted; there is nothing of ${name} to release at ${head}`,
  });
}
