import { commitNamed } from "../../releasing/choose.ts";
import {
  type CutDocument,
  cutTrain,
  type NextDocument,
  type NextRequest,
  nextVersion,
  writeChangelog,
} from "../../releasing/next/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { openComponent, openComponentSource } from "../component.ts";
import { findRoot } from "../root.ts";
import type { Note, Outcome } from "../types.ts";

export interface NextOptions {
  cwd?: string;
  component: string;
  /** Owner of the image registry. */
  stack?: string;
  /** Identifier of a pre-release. */
  pre?: string;
  /** Line of a train, `X.Y` or `YYYY.MM`. */
  train?: string;
  /** Commit or branch that a train is cut at. */
  commit?: string;
  note: Note;
}

/** Digits of a commit for people. */
const SHORT = 12;

/** @throws SlipwayError as `nextVersion` */
export async function next(options: NextOptions): Promise<Outcome> {
  if (options.commit !== undefined) throw misuse("--commit is for --cut");
  const { request } = await open(options);
  const data = await nextVersion(request);
  return { data, text: printNext(data) };
}

/**
 * Makes the branch of a train.
 *
 * @throws SlipwayError as `cutTrain`
 */
export async function cut(options: NextOptions): Promise<Outcome> {
  const { train, commit, component } = options;
  if (train === undefined) throw misuse("--cut needs --train <line>");
  if (options.pre !== undefined) throw misuse("a train is cut without --pre");
  const { request } = await open(options);
  const at = commit === undefined ? undefined : await resolve(request, commit);
  const data: CutDocument & { component: string } = {
    component,
    ...(await cutTrain(request, train, at)),
  };
  const { branch, outcome } = data;
  const text = outcome === "created" ? `pushed the branch ${branch}` : `found the branch ${branch}`;
  return { data, text: `${text} at ${data.commit}` };
}

/**
 * Writes the component's changelog.
 *
 * @throws SlipwayError
 */
export async function changelog(options: NextOptions): Promise<Outcome> {
  if (options.commit !== undefined) throw misuse("--commit is for --cut");
  const { root, request } = await open(options);
  const written = await writeChangelog(root, request);
  const { file, outcome } = written;
  return { data: { component: options.component, ...written }, text: `${outcome} ${file}` };
}

async function open(options: NextOptions): Promise<{ root: string; request: NextRequest }> {
  const { pre, train, note } = options;
  const root = findRoot(options.cwd);
  const opened = openComponent(root, options.component, options.stack);
  const { component, registry } = opened;
  const records = registry.records.get(component.name) ?? [];
  const source = await openComponentSource(root, opened, note);
  return { root, request: { component, records, source, pre, train } };
}

async function resolve({ component, source }: NextRequest, asked: string): Promise<string> {
  const found = commitNamed(component, await source.branches(), asked);
  if ("problem" in found) throw new SlipwayError(found.problem);
  return found.commit;
}

function printNext(document: NextDocument): string {
  const { component, current, next: version, bump, branch, commit, tagged, commits } = document;
  const since = current === null ? "the first release" : `after ${current}`;
  const state = tagged ? `tagged at ${commit}, and not released yet` : `at ${commit}`;
  return [
    `${component}@${version} (${bump}, ${since}), on ${branch} ${state}`,
    ...commits.map(({ hash, subject }) => `  ${hash.slice(0, SHORT)} ${subject}`),
  ].join("\n");
}

function misuse(message: string): SlipwayError {
  return new SlipwayError({ code: "usage", message });
}
