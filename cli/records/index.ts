import { readFileSync } from "node:fs";
import path from "node:path";
import Table from "cli-table3";
import { yankedRelease } from "../../config/index.ts";
import type { ReleaseDecision, ReleaseRecord } from "../../registry/index.ts";
import { type Problem, readDocument, SlipwayError } from "../../schemas/index.ts";
import { findRoot } from "../root.ts";
import type { Note, Outcome } from "../types.ts";
import { openRegistry, recordNamed, recordsOf } from "./release.ts";

export interface RecordsOptions {
  cwd?: string;
  component?: string;
}

export interface RecordOptions {
  cwd?: string;
  /** `<component>@<version>` */
  release: string;
  note: Note;
}

/** Why a release was withdrawn, as it is written. */
export interface WrittenDecision {
  file: string;
  decided_at: string;
  decided_by?: string;
  reason: string;
}

/** A record as it is written, with where it stands and what it is worth. */
export type WrittenRecord = {
  file: string;
  status: ReleaseRecord["status"];
  yanked?: WrittenDecision;
} & Readonly<Record<string, unknown>>;

/** The document of `slipway records list` and `show`; its schema is records-list.schema.json. */
export interface RecordsDocument {
  records: readonly WrittenRecord[];
}

const COMMIT_LENGTH = 12;

/** @throws SlipwayError with every problem of `releases/`, or `unknown-component` */
export async function listRecords({ cwd, component }: RecordsOptions): Promise<RecordsDocument> {
  const root = findRoot(cwd);
  const registry = openRegistry(root);
  const records =
    component === undefined
      ? [...registry.records.values()].flat()
      : recordsOf(registry, component);
  return { records: records.map((record) => asWritten(root, record)) };
}

/** @throws SlipwayError with code `usage`, `unknown-component` or `version-unrecorded` */
export async function showRecord({ cwd, release, note }: RecordOptions): Promise<Outcome> {
  const root = findRoot(cwd);
  const record = recordNamed(openRegistry(root), release);
  if (record.yanked !== undefined) note(`found ${yankedRelease(record)}`);
  return {
    data: { records: [asWritten(root, record)] },
    text: readFileSync(path.join(root, record.file), "utf8").trimEnd(),
  };
}

export function printRecords({ records }: RecordsDocument): string {
  const table = new Table({
    head: ["component", "version", "released", "status", "commit", "file"],
    style: { head: [], border: [], compact: true },
  });
  for (const record of records) {
    const source = record.source as { commit?: string } | undefined;
    table.push([
      String(record.component),
      String(record.version),
      String(record.released_at),
      record.yanked === undefined ? record.status : "yanked",
      (source?.commit ?? "").slice(0, COMMIT_LENGTH),
      record.file,
    ]);
  }
  return table.toString();
}

function asWritten(root: string, { file, status, yanked }: ReleaseRecord): WrittenRecord {
  const problems: Problem[] = [];
  const document = readDocument(root, file, (problem) => problems.push(problem));
  if (document === undefined) throw new SlipwayError(problems);
  return { file, status, ...document.data, ...(yanked && { yanked: writtenDecision(yanked) }) };
}

function writtenDecision({ file, decidedAt, decidedBy, reason }: ReleaseDecision): WrittenDecision {
  return {
    file,
    decided_at: decidedAt,
    ...(decidedBy !== undefined && { decided_by: decidedBy }),
    reason,
  };
}
