/** What keeps a release from being cut, found before it has any effect. */
import { yankedRelease } from "../config/index.ts";
import type { Component, ReleaseRecord } from "../registry/index.ts";
import { compareVersions, isStable, versionProblem } from "../registry/index.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import type { Source } from "../source/index.ts";
import { packageProblems } from "./capsule.ts";
import type { ReleaseTag } from "./choose.ts";
import { lineOf, trainBranch } from "./next/lines.ts";

export interface Cut {
  component: Component;
  version: string;
  commit: string;
  tags: readonly ReleaseTag[];
  /** Of the component. */
  records: readonly ReleaseRecord[];
}

/** Whether the version is one, and free for this commit. */
export function versionProblems({ component, version, commit, tags, records }: Cut): Problem[] {
  const id = `${component.name}@${version}`;
  const scheme = versionProblem(component.scheme, version);
  if (scheme !== undefined) {
    return [
      { code: "version-scheme", message: `found "${version}", which ${scheme}; name another` },
    ];
  }
  const problems: Problem[] = [];
  const record = records.find((candidate) => candidate.version === version);
  const tag = tags.find((candidate) => candidate.version === version);
  if (record?.status === "history") {
    problems.push({
      code: "version-taken",
      file: record.file,
      message: `found the history of ${id}, expected a version without a record: history stays as it was written; release a new version`,
    });
  } else if (record !== undefined && tag === undefined) {
    problems.push({
      code: "tag-missing",
      file: record.file,
      path: "source.tag",
      message: `tag ${record.source.tag} is not in ${component.repository.url}; the record pins ${record.source.commit}: push the tag there again (git push origin ${record.source.commit}:refs/tags/${record.source.tag})`,
    });
  } else if (record !== undefined && record.source.commit !== tag?.commit) {
    problems.push({
      code: "tag-moved",
      file: record.file,
      path: "source.commit",
      message: `tag ${record.source.tag} of ${component.repository.url} stands at ${tag?.commit}, the record pins ${record.source.commit}: a release tag never moves; put it back, or release a new version`,
    });
  }
  if (record?.yanked !== undefined && record.status === "pending") {
    problems.push({
      code: "yanked",
      file: record.file,
      message: `found ${yankedRelease(record)}, expected a release that stands; release a new version`,
    });
  }
  if (tag !== undefined && tag.commit !== commit) {
    problems.push({
      code: "tag-conflict",
      message: `found the tag ${tag.name} of ${component.repository.url} at ${tag.commit}, expected ${commit}: a release tag never moves; release a new version, or release that commit`,
    });
  }
  return [...problems, ...sharedCommitProblems({ component, version, commit, tags, records })];
}

/** One version per component and commit (S-8): the tag `git-<commit>` names one image only. */
function sharedCommitProblems({ component, version, commit, tags, records }: Cut): Problem[] {
  const others = [
    ...records
      .filter(({ status }) => status !== "history")
      .map((record) => ({
        version: record.version,
        commit: record.source.commit,
      })),
    ...tags,
  ].filter((other) => other.commit === commit && other.version !== version);
  return [...new Set(others.map((other) => other.version))].map((other) => ({
    code: "version-taken",
    message: `found the commit ${commit} released as ${component.name}@${other}, expected one version per component and commit; release another commit, or ${component.name}@${other}`,
  }));
}

/** Whether the commit is one that may be released, and has what is built from it. */
export async function sourceProblems(source: Source, cut: Cut): Promise<Problem[]> {
  const unreachable = await reachProblem(source, cut);
  // What is in a commit that nobody may release is no matter.
  if (unreachable !== undefined) return [unreachable];
  const folder = await folderProblems(source, cut);
  return [
    ...(await orderProblems(source, cut)),
    ...folder,
    ...(folder.length === 0 ? await deployProblems(source, cut) : []),
  ];
}

/** Whoever goes from a release to a later version must not lose what the first one had. */
async function orderProblems(source: Source, cut: Cut): Promise<Problem[]> {
  const { component, version, commit, tags } = cut;
  // A tag that is there already is taken as it is.
  if (tags.some((tag) => tag.version === version)) return [];
  for (const later of tags) {
    if (compareVersions(component.scheme, later.version, version) < 0) break;
    if (!isStable(component.scheme, later.version)) continue;
    if (!(await source.contains(later.commit, commit))) continue;
    return [
      {
        code: "version-order",
        message: `found the release ${later.version} in what ${commit} contains, expected a later version than that; name one, or a commit before it, or run: slipway next ${component.name}`,
      },
    ];
  }
  return [];
}

async function reachProblem(source: Source, cut: Cut): Promise<Problem | undefined> {
  const { component, version, commit } = cut;
  const branches = await source.branches();
  const names = [component.repository.releaseBranch, trainBranch(lineOf(version))];
  for (const name of names) {
    const head = branches.get(name);
    if (head !== undefined && (await source.contains(commit, head))) return undefined;
  }
  return {
    code: "commit-unreachable",
    message: `found the commit ${commit}, expected one on ${names.join(" or ")} of ${component.repository.url}: releases are cut from there alone; merge it, or name another with --commit`,
  };
}

async function folderProblems(
  source: Source,
  { component: { name, kind, path, dockerfile, repository }, commit }: Cut,
): Promise<Problem[]> {
  const folder = await source
    .files(commit, path)
    .then(() => [])
    .catch((error: unknown) => {
      if (error instanceof SlipwayError) return [...error.problems];
      throw error;
    });
  if (folder.length > 0 || kind !== "container") return folder;
  const file = path === "." ? dockerfile : `${path}/${dockerfile}`;
  if ((await source.readFile(commit, file)) !== undefined) return [];
  const message = `found no ${file} in ${repository.url} at ${commit}, expected the Dockerfile of ${name}; commit it, or correct dockerfile in releases/catalogue.yaml`;
  return [{ code: "source-path", message }];
}

async function deployProblems(
  source: Source,
  { component, version, commit, tags }: Cut,
): Promise<readonly Problem[]> {
  const record = { version, source: { path: component.path, commit } };
  const isTagged = tags.some((tag) => tag.version === version);
  return packageProblems({ component, record, source }, isTagged);
}
