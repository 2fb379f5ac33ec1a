import { releaseTag } from "../../registry/index.ts";
import { changelogSection } from "./changelog.ts";
import { changeOf } from "./changes.ts";
import { stepBetween } from "./lines.ts";
import { checkPreRelease, placeOf } from "./place.ts";
import { begunPlan, newPlan, type Plan } from "./plan.ts";
import { knownReleases } from "./releases.ts";
import { assertTrain } from "./trains.ts";
import type { Bump, NextDocument, NextRequest } from "./types.ts";

/**
 * The version that the component's commits since its last release call for (D-28). Reads the source
 * and writes nothing. A release that was tagged and not finished is the next one until it is.
 *
 * @throws SlipwayError `version-none` when there is nothing to release; `version-scheme`,
 *   `branch-missing`, `source-path`, `tag-moved`, `train-rule`
 */
export async function nextVersion(request: NextRequest): Promise<NextDocument> {
  const { component, records, source } = request;
  checkPreRelease(request);
  const place = await placeOf(request);
  await source.checkFolder(place.head, component.path);
  const known = await knownReleases(component, records, source);
  if (place.line !== undefined) await assertTrain(request, known, place.line, place.head);
  const plan = (await begunPlan(request, place, known)) ?? (await newPlan(request, place, known));
  const { base, last, version, commit, commits, tagged } = plan;
  const date = (await source.commit(commit))?.committedAt.slice(0, 10) ?? "";
  return {
    component: component.name,
    current: (last ?? base)?.version ?? null,
    next: version,
    bump: bumpOf(request, plan),
    branch: place.branch,
    commit,
    tag: releaseTag(component, version),
    tagged,
    commits: commits.map(changeOf),
    changelog: await changelogSection({ component, version, date, commits }),
  };
}

function bumpOf({ component: { scheme } }: NextRequest, { base, last, version }: Plan): Bump {
  if (last !== undefined) return "prerelease";
  return base === undefined ? "initial" : stepBetween(scheme, base.version, version);
}
