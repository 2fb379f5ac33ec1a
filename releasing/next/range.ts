import type { Component } from "../../registry/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import type { Source } from "../../source/index.ts";
import { type ParsedCommit, parseChanges } from "./changes.ts";
import type { KnownRelease } from "./releases.ts";

/** @throws SlipwayError `branch-missing` */
export async function headOf(source: Source, branch: string): Promise<string> {
  const branches = await source.branches();
  const head = branches.get(branch);
  if (head !== undefined) return head;
  const { key, url } = source.repository;
  const found =
    branches.size === 0 ? "an empty repository" : `the branches ${[...branches.keys()].join(", ")}`;
  throw new SlipwayError({
    code: "branch-missing",
    message: `found ${found} at ${url}, expected the branch ${branch}; push it, or correct release_branch of ${key} in the catalogue`,
  });
}

/** The component's commits that one commit contains and another one does not, newest first. */
export async function changesBetween(
  source: Source,
  { path }: Component,
  from: string | undefined,
  to: string,
): Promise<ParsedCommit[]> {
  const range = { ...(from === undefined ? {} : { from }), to, paths: [path] };
  return parseChanges(await source.commits(range));
}

/**
 * The first of these releases whose commit the repository has: history's may be in another one (D-05).
 *
 * @param releases newest first
 */
export async function firstPresent<T extends { commit: string }>(
  source: Source,
  releases: readonly T[],
): Promise<T | undefined> {
  for (const release of releases) {
    if ((await source.commit(release.commit)) !== undefined) return release;
  }
  return undefined;
}

/** The component's commits since a release, or all of them. @param known newest first */
export async function changesSince(
  source: Source,
  component: Component,
  known: readonly KnownRelease[],
  base: KnownRelease | undefined,
  to: string,
): Promise<ParsedCommit[]> {
  const older = base === undefined ? [] : known.slice(known.indexOf(base));
  const from = await firstPresent(
    source,
    older.filter(({ stable }) => stable),
  );
  return changesBetween(source, component, from?.commit, to);
}
