import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Document,
  type Problem,
  placeOf,
  type Report,
  readDocument,
  validateDocument,
} from "../schemas/index.ts";
import { DECISION_FILES, loadYanked } from "./decisions.ts";
import type { RecordDocument } from "./document-types.ts";
import { recordProblems } from "./record-rules.ts";
import type { Catalogue, ReleaseDecision, ReleaseRecord, ReleaseRegistry } from "./types.ts";
import { newestFirst } from "./versions.ts";

/** Name of every record's file. */
const RECORD_FILE = "release.yaml";

/** Files that a person may take for something that is read. */
const DOCUMENT = /\.(?:ya?ml|json)$/i;

/** Folders of `releases/` that hold no component. */
const OTHER_FOLDERS = ["platform"];

/** Path of a release's record, relative to the root of the checkout. */
export function recordFile(component: string, version: string): string {
  return `releases/${component}/v${version}/${RECORD_FILE}`;
}

/** What was read of the records. */
export type LoadedRecords = Pick<ReleaseRegistry, "records" | "unusable">;

/** Reads every record under `releases/`. */
export function loadRecords(root: string, catalogue: Catalogue, report: Report): LoadedRecords {
  const records = new Map<string, ReleaseRecord[]>();
  const unusable = new Set<string>();
  for (const component of catalogue.components.keys()) records.set(component, []);
  for (const folder of versionFolders(root)) {
    const file = `${folder}/${RECORD_FILE}`;
    const record = loadRecord(root, file, catalogue, (problem) => {
      if (problem.code === "file-missing") reportStray(root, folder, problem, report);
      else report(problem);
    });
    const yanked = loadDecisions(root, folder, report);
    if (record === undefined) unusable.add(file);
    else records.get(record.component)?.push(yanked === undefined ? record : { ...record, yanked });
  }
  for (const [name, list] of records) {
    const scheme = catalogue.components.get(name)?.scheme;
    const sorted = scheme === undefined ? list : newestFirst(scheme, list);
    records.set(name, sorted);
    reportSharedCommits(root, sorted, report);
  }
  return { records, unusable };
}

/** What was decided about a release; reports what stands beside its record and is no decision. */
function loadDecisions(root: string, folder: string, report: Report): ReleaseDecision | undefined {
  const names = readdirSync(join(root, folder)).sort();
  if (!names.includes(RECORD_FILE)) return undefined;
  for (const name of names) {
    if (name === RECORD_FILE || DECISION_FILES.includes(name) || !DOCUMENT.test(name)) continue;
    report({
      code: "record-misplaced",
      file: `${folder}/${name}`,
      message: `found ${name} beside a record, expected no other than ${DECISION_FILES.join(", ")}, which nobody would read; rename or remove the file`,
    });
  }
  return names.includes("yanked.yaml") ? loadYanked(root, folder, report) : undefined;
}

/** A record as plain values, from a document that holds to its schema. */
export function recordFrom(file: string, data: RecordDocument): ReleaseRecord {
  const { artifact, attestations, capsule, module } = data;
  const complete = artifact?.digest !== undefined || module !== undefined;
  return {
    file,
    component: data.component,
    version: data.version,
    releasedAt: data.released_at,
    source: data.source,
    target: data.target,
    ...(artifact !== undefined && { artifact: artifactFrom(artifact) }),
    ...(attestations !== undefined && { attestations }),
    ...(capsule !== undefined && { capsule }),
    ...(module !== undefined && { module }),
    status: data.schema_version === undefined ? "history" : complete ? "recorded" : "pending",
  };
}

/**
 * Reads one record.
 *
 * @returns undefined when something was reported
 */
export function loadRecord(
  root: string,
  file: string,
  catalogue: Catalogue,
  report: Report,
): ReleaseRecord | undefined {
  const document = readDocument(root, file, report);
  if (document === undefined) return undefined;
  const data = validateDocument<RecordDocument>(schemaOf(document), document, report);
  if (data === undefined) return undefined;
  const record = recordFrom(file, data);
  const problems = recordProblems(record, data, catalogue);
  for (const { path, ...problem } of problems) {
    report({ ...document.at(path), ...problem });
  }
  return problems.length === 0 ? record : undefined;
}

function schemaOf(document: Document): "release" | "release-legacy" {
  return "schema_version" in document.data ? "release" : "release-legacy";
}

function artifactFrom(
  artifact: NonNullable<RecordDocument["artifact"]>,
): NonNullable<ReleaseRecord["artifact"]> {
  const { media_type: mediaType, ...rest } = artifact;
  return { ...rest, ...(mediaType !== undefined && { mediaType }) };
}

/** Every folder `releases/<component>/<version>`, in a fixed order. */
function versionFolders(root: string): string[] {
  return folders(join(root, "releases"))
    .filter((component) => !OTHER_FOLDERS.includes(component))
    .flatMap((component) =>
      folders(join(root, "releases", component)).map(
        (version) => `releases/${component}/${version}`,
      ),
    );
}

/**
 * Reports what stands in a version's folder in place of a record. An empty folder is nothing: a
 * writer that was killed leaves one behind.
 */
function reportStray(root: string, folder: string, missing: Problem, report: Report): void {
  const names = readdirSync(join(root, folder)).sort();
  if (names.includes(RECORD_FILE)) {
    report(missing);
  } else if (names.some((name) => DOCUMENT.test(name))) {
    report({
      code: "record-misplaced",
      file: folder,
      message: `found ${names.join(", ")} and no ${RECORD_FILE}, expected a record in each folder of a version; rename or remove the file`,
    });
  }
}

function folders(path: string): string[] {
  return entries(path)
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function entries(path: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** One version per component and commit (S-8): the tag `git-<commit>` can name one image only. */
function reportSharedCommits(
  root: string,
  records: readonly ReleaseRecord[],
  report: Report,
): void {
  const versions = new Map<string, ReleaseRecord>();
  for (const record of records) {
    if (record.status === "history") continue;
    const other = versions.get(record.source.commit);
    if (other === undefined) {
      versions.set(record.source.commit, record);
      continue;
    }
    report({
      ...placeOf(root, record.file, ["source", "commit"]),
      code: "record-conflict",
      message: `found the commit ${record.source.commit} of ${other.component}@${other.version} (${other.file}), expected one version per component and commit; remove one of the two records`,
    });
  }
}
