import { compareVersions } from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import type { PushOutcome } from "../../source/index.ts";
import { changeOf, levelOf, type ParsedCommit } from "./changes.ts";
import { type Line, lineOf, parseLine, stepFrom, trainBranch } from "./lines.ts";
import { changesBetween, changesSince, headOf } from "./range.ts";
import { baseOf, type KnownRelease, knownReleases } from "./releases.ts";
import type { NextRequest } from "./types.ts";

/** Digits of a commit in a message about its subject. */
const SHORT = 12;

export interface CutDocument {
  branch: string;
  /** Commit that it was cut at. */
  commit: string;
  outcome: PushOutcome;
}

/**
 * Makes the branch of a train. A line that has releases goes on at the newest of them, a new one
 * at the release branch's head, unless a commit is given.
 *
 * @throws SlipwayError `version-scheme`, `branch-missing`, `commit-unreachable`, `train-rule`, `push-refused`
 */
export async function cutTrain(
  { component, records, source }: NextRequest,
  name: string,
  commit?: string,
): Promise<CutDocument> {
  const line = parseLine(component.scheme, name);
  const { releaseBranch, url } = component.repository;
  const trunk = await headOf(source, releaseBranch);
  const known = await knownReleases(component, records, source);
  const newest = known.find(({ version }) => lineOf(version) === line.name);
  const at = commit ?? newest?.commit ?? trunk;
  if (at !== newest?.commit && !(await source.contains(at, trunk))) {
    throw new SlipwayError({
      code: "commit-unreachable",
      message: `found the commit ${at}, expected one on ${releaseBranch} of ${url}: a train is cut there; merge it first`,
    });
  }
  await source.checkFolder(at, component.path);
  await assertTrain({ component, records, source }, known, line, at);
  const branch = trainBranch(line.name);
  return { branch, commit: at, outcome: await source.pushBranch(branch, at) };
}

/**
 * Whether a line can go on at a commit: what it contains of the component leads into the line, and
 * what came since the line's first release, or since the train was cut, are fixes.
 *
 * @param head of the train, or the commit that it is to be cut at
 * @throws SlipwayError `train-rule`, with every commit that breaks the rule
 */
export async function assertTrain(
  { component, source }: NextRequest,
  known: readonly KnownRelease[],
  line: Line,
  head: string,
): Promise<void> {
  const { scheme, repository } = component;
  const fork = await source.forkPoint(head, await headOf(source, repository.releaseBranch));
  if (fork === undefined) throw refused(line, `${head} is not on ${repository.releaseBranch}`);
  const above = known.findLast(
    ({ version, stable }) =>
      stable && lineOf(version) !== line.name && compareVersions(scheme, version, line.first) > 0,
  );
  if (above !== undefined && (await source.contains(above.commit, head))) {
    throw refused(line, `the commit ${head} contains the later release ${above.version}`);
  }
  const base = baseOf(scheme, known, line);
  const since = await changesSince(source, component, known, base, head);
  const inLine = base !== undefined && lineOf(base.version) === line.name;
  const onTrain = await changesBetween(source, component, fork, head);
  const bound = new Map([...onTrain, ...(inLine ? since : [])].map((each) => [each.hash, each]));
  const problems = [...bound.values()].flatMap((each) => fixProblem(line, each) ?? []);
  if (problems.length > 0) throw new SlipwayError(problems);
  if (inLine || scheme === "calver") return;
  const called = stepFrom(base?.version, levelOf(since));
  if (base !== undefined && compareVersions(scheme, line.first, called) < 0) {
    throw refused(line, `the commits since ${base.version} call for ${called}`);
  }
}

function fixProblem(line: Line, commit: ParsedCommit): Problem | undefined {
  const { hash, subject, type, breaking } = changeOf(commit);
  const isFix = type !== null && !breaking && levelOf([commit]) === "patch";
  if (isFix) return undefined;
  const found = breaking ? "a breaking change" : type === null ? "no type" : `the type ${type}`;
  return {
    code: "train-rule",
    message: `found ${found} on ${trainBranch(line.name)}, in ${hash.slice(0, SHORT)} "${subject}", expected fixes only; revert it there, and release it from a later line`,
  };
}

function refused(line: Line, why: string): SlipwayError {
  return new SlipwayError({
    code: "train-rule",
    message: `the line ${line.name} cannot go on there: ${why}; choose another line, or cut it at another commit`,
  });
}
