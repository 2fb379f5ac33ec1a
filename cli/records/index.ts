import { readFileSync } from "node:fs";
import path from "node:path";
import Table from "cli-table3";
import { loadRegistry, type ReleaseRecord, type ReleaseRegistry } from "../../registry/index.ts";
import { type Problem, readDocument, SlipwayError } from "../../schemas/index.ts";
import { findRoot } from "../root.ts";
import type { Outcome } from "../types.ts";

export interface RecordsOptions {
  cwd?: string;
  component?: string;
}

export interface RecordOptions {
  cwd?: string;
  /** `<component>@<version>` */
  release: string;
}

/** A record as it is written, with where it stands and what it is worth. */
export type WrittenRecord = { file: string; status: ReleaseRecord["status"] } & Readonly<
  Record<string, unknown>
>;

/** The document of `slipway records list` and `show`. */
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
export async function showRecord({ cwd, release }: RecordOptions): Promise<Outcome> {
  const [component = "", version = ""] = release.split("@");
  if (component === "" || version === "") {
    const message = `${JSON.stringify(release)} is not <component>@<version>, e.g. orbit-webapp@1.2.0`;
    throw new SlipwayError({ code: "usage", message });
  }
  const root = findRoot(cwd);
  const records = recordsOf(openRegistry(root), component);
  const record = records.find((candidate) => candidate.version === version);
  if (record === undefined) {
    const known = records.map((candidate) => candidate.version).join(", ") || "none";
    throw new SlipwayError({
      code: "version-unrecorded",
      message: `${component} has no record of version ${version}; recorded are: ${known}`,
    });
  }
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
      record.status,
      (source?.commit ?? "").slice(0, COMMIT_LENGTH),
      record.file,
    ]);
  }
  return table.toString();
}

function openRegistry(root: string): ReleaseRegistry {
  const problems: Problem[] = [];
  const registry = loadRegistry(root, (problem) => problems.push(problem));
  if (registry === undefined || problems.length > 0) throw new SlipwayError(problems);
  return registry;
}

function recordsOf(registry: ReleaseRegistry, component: string): readonly ReleaseRecord[] {
  const records = registry.records.get(component);
  if (records !== undefined) return records;
  const known = [...registry.catalogue.components.keys()].sort().join(", ");
  throw new SlipwayError({
    code: "unknown-component",
    message: `the catalogue has no component ${JSON.stringify(component)}; there are: ${known}`,
  });
}

function asWritten(root: string, { file, status }: ReleaseRecord): WrittenRecord {
  const problems: Problem[] = [];
  const document = readDocument(root, file, (problem) => problems.push(problem));
  if (document === undefined) throw new SlipwayError(problems);
  return { file, status, ...document.data };
}
