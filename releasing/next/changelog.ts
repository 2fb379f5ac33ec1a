import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import createPreset, { DEFAULT_COMMIT_TYPES } from "conventional-changelog-conventionalcommits";
import { type Context, type Options, writeChangelogString } from "conventional-changelog-writer";
import type { Commit } from "conventional-commits-parser";
import pLimit from "p-limit";
import writeFileAtomic from "write-file-atomic";
import {
  type Component,
  isStable,
  newestFirst,
  type ReleaseRecord,
  type WriteOutcome,
} from "../../registry/index.ts";
import type { ParsedCommit } from "./changes.ts";
import { plainVersion } from "./lines.ts";
import { changesBetween, firstPresent } from "./range.ts";
import type { NextRequest } from "./types.ts";

export interface Section {
  component: Component;
  version: string;
  /** `YYYY-MM-DD` */
  date: string;
  commits: readonly ParsedCommit[];
}

const CONCURRENCY = 4;
const OTHER = "Miscellaneous Chores";
const SECTIONS: ReadonlySet<string> = new Set(DEFAULT_COMMIT_TYPES.map(({ section }) => section));

const { transform, ...preset } = createPreset().writer;
const options: Options<Commit> = {
  ...preset,
  // The library looks a type up in a plain object, where `constructor` is something already.
  transform: (commit, context) => {
    const patch = transform(commit, context);
    if (patch === undefined) return null;
    return Object.assign(patch, { type: SECTIONS.has(patch.type ?? "") ? patch.type : OTHER });
  },
  // By code unit: the library's own orders follow the machine's language.
  commitsSort: (a, b) =>
    order(a.scope ?? "", b.scope ?? "") ||
    order(a.subject ?? "", b.subject ?? "") ||
    order(a.hash ?? "", b.hash ?? ""),
  notesSort: (a, b) => order(a.text, b.text),
  noteGroupsSort: (a, b) => order(a.title, b.title),
  generateOn: () => false,
};

/** What a changelog says of one release: a heading, breaking changes, features, fixes. */
export async function changelogSection(section: Section): Promise<string> {
  const { component, version, date, commits } = section;
  const { origin, pathname } = new URL(component.repository.url);
  const folder = pathname.replace(/^\/|\.git$/g, "");
  const context: Context<Commit> = {
    version,
    date,
    host: origin,
    owner: path.posix.dirname(folder),
    repository: path.posix.basename(folder),
  };
  return `${(await writeChangelogString([...commits], context, options)).trim()}\n`;
}

/** Path of a component's changelog, relative to the root of the checkout. */
export function changelogFile(component: string): string {
  return `releases/${component}/CHANGELOG.md`;
}

/**
 * The whole changelog of a component, newest release first: from its records and the commits that
 * they pin, so that the same records give the same bytes anywhere. Pre-releases of a version that
 * is released stand under that one.
 */
export async function changelogText(request: NextRequest): Promise<string> {
  const { component, records } = request;
  const sorted = newestFirst(component.scheme, records);
  const released = new Set(sorted.map(({ version }) => version));
  const shown = sorted.filter(
    ({ version }) => version === plainVersion(version) || !released.has(plainVersion(version)),
  );
  const limit = pLimit(CONCURRENCY);
  const sections = await Promise.all(
    shown.map((record) => limit(() => recordSection(request, sorted, record))),
  );
  const about = `Written by \`slipway next ${component.name} --changelog\`, which goes by the records here and their commits: edits are lost.`;
  return [`# Changelog of ${component.name}\n`, `${about}\n`, ...sections].join("\n");
}

/** Writes the changelog, whole or not at all. */
export async function writeChangelog(
  root: string,
  request: NextRequest,
): Promise<{ file: string; outcome: WriteOutcome }> {
  const file = changelogFile(request.component.name);
  const target = path.join(root, file);
  const text = await changelogText(request);
  if (existsSync(target) && readFileSync(target, "utf8") === text) {
    return { file, outcome: "unchanged" };
  }
  await mkdir(path.dirname(target), { recursive: true });
  await writeFileAtomic(target, text);
  return { file, outcome: "written" };
}

/** @param sorted newest first */
async function recordSection(
  request: NextRequest,
  sorted: readonly ReleaseRecord[],
  record: ReleaseRecord,
): Promise<string> {
  const { component } = request;
  const { version, releasedAt: date, yanked } = record;
  const commits = await recordCommits(request, sorted, record);
  const section = await changelogSection({ component, version, date, commits: commits ?? [] });
  const remarks = [
    commits === undefined && `Its commit is not in ${component.repository.url} any more.`,
    yanked && `Withdrawn on ${yanked.decidedAt}: ${yanked.reason.replace(/\s+/g, " ").trim()}`,
  ];
  return [section, ...remarks.flatMap((remark) => (remark ? [`${remark}\n`] : []))].join("\n");
}

/** The commits since the release before; undefined when the record's own is not in the repository. */
async function recordCommits(
  { component, source }: NextRequest,
  sorted: readonly ReleaseRecord[],
  record: ReleaseRecord,
): Promise<ParsedCommit[] | undefined> {
  const { version } = record;
  const { commit } = record.source;
  if ((await source.commit(commit)) === undefined) return undefined;
  const stable = isStable(component.scheme, version);
  const older = sorted
    .slice(sorted.indexOf(record) + 1)
    .filter((each) => !stable || isStable(component.scheme, each.version));
  const from = await firstPresent(
    source,
    older.map((each) => ({ commit: each.source.commit })),
  );
  return changesBetween(source, component, from?.commit, commit);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
