import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Problem, readDocument, SlipwayError, validateDocument } from "../schemas/index.ts";
import type { RecordDocument } from "./document-types.ts";
import { recordBytes } from "./record-bytes.ts";
import { recordFile, recordFrom } from "./records.ts";
import type { AttestationDigests, CapsuleReference, ReleaseRecord } from "./types.ts";

/** What a build owes its record: all of it, in one write (S-3). */
export interface BuiltArtifact {
  /** `<name>.azurecr.io` */
  registry: string;
  mediaType: string;
  /** `sha256:<64 lowercase hex>` */
  digest: string;
  /** Bytes of the manifest. */
  size: number;
  annotations?: Readonly<Record<string, string>>;
  platforms?: readonly string[];
}

/** What a write did: `unchanged` when the record said it all already. */
export type WriteOutcome = "written" | "unchanged";

/**
 * Writes registry, digest, size, attestations and capsule into a pending record. A record that is complete stays as it is.
 *
 * @throws SlipwayError `record-conflict` when the record there names another commit or digest
 */
export async function finishRecord(
  root: string,
  record: ReleaseRecord,
  built: BuiltArtifact,
  attestations: AttestationDigests = {},
  capsule?: CapsuleReference,
): Promise<{ outcome: WriteOutcome; record: ReleaseRecord }> {
  if (record.artifact === undefined || record.status === "history") {
    throw new SlipwayError({
      code: "record-conflict",
      file: record.file,
      message: `found a record that is history or has no artifact, expected a container record; ${record.component}@${record.version} is not built`,
    });
  }
  const finished: ReleaseRecord = {
    ...record,
    artifact: { ...record.artifact, ...built },
    ...(Object.keys(attestations).length > 0 && { attestations }),
    ...(capsule && { capsule }),
    status: "recorded",
  };
  return { outcome: await writeRecord(root, finished), record: finished };
}

/**
 * Writes a record: its canonical bytes, whole or not at all. Of two writers at once one goes first,
 * and the other finds what it wrote. Annotations and platforms that are there already stay.
 *
 * @throws SlipwayError `record-conflict` when the record there names another commit or digest, and
 *   `file-locked` when another writer does not come to an end
 */
export async function writeRecord(root: string, record: ReleaseRecord): Promise<WriteOutcome> {
  const file = recordFile(record.component, record.version);
  const path = join(root, file);
  // Loaded here: whoever only reads the registry does not need them.
  const [{ withFileLock }, { default: writeFileAtomic }] = await Promise.all([
    import("./file-lock.ts"),
    import("write-file-atomic"),
  ]);
  await mkdir(dirname(path), { recursive: true });
  return withFileLock(join(dirname(path), ".release.lock"), async () => {
    await removeHalves(dirname(path));
    if (existsSync(path)) {
      const present = readPresent(root, file);
      const conflict = conflictBetween(present, record);
      if (conflict !== undefined)
        throw new SlipwayError({ code: "record-conflict", file, message: conflict });
      if (present.status === "recorded" || sameBytes(present, record)) return "unchanged";
    }
    await writeFileAtomic(path, recordBytes(record));
    return "written";
  });
}

/** What a writer left that was killed: with the lock, whoever finds it is alone. */
async function removeHalves(folder: string): Promise<void> {
  const halves = (await readdir(folder)).filter((name) => /^release\.yaml\.\d+$/.test(name));
  await Promise.all(halves.map((name) => rm(join(folder, name), { force: true })));
}

function readPresent(root: string, file: string): ReleaseRecord {
  const problems: Problem[] = [];
  const report = (problem: Problem) => problems.push(problem);
  const document = readDocument(root, file, report);
  const schema =
    document !== undefined && "schema_version" in document.data ? "release" : "release-legacy";
  const data = document && validateDocument<RecordDocument>(schema, document, report);
  if (data === undefined) throw new SlipwayError(problems);
  return recordFrom(file, data);
}

/** The message that names both, where a write would change what a record says for good (D-03). */
function conflictBetween(present: ReleaseRecord, record: ReleaseRecord): string | undefined {
  const id = `${record.component}@${record.version}`;
  const advice = `a record never changes; release ${record.component} under a new version`;
  if (present.status === "history") {
    return `found the history of ${id}, which is kept as it was written, expected no record; ${advice}`;
  }
  if (present.source.commit !== record.source.commit) {
    return `found ${id} recorded at commit ${present.source.commit}, expected ${record.source.commit}; ${advice}`;
  }
  const [module, other] = [present.module, record.module];
  if (module !== undefined && (module.path !== other?.path || module.sum !== other.sum)) {
    return `found ${id} recorded as ${module.path} ${module.sum}, expected ${other === undefined ? "no module" : `${other.path} ${other.sum}`}; ${advice}`;
  }
  const [was, is] = [present.artifact, record.artifact];
  // A pending record says nothing about the artifact that could differ.
  if (is?.digest === undefined) return undefined;
  if (was?.digest !== undefined && (was.digest !== is.digest || was.registry !== is.registry)) {
    return `found ${id} recorded as ${was.registry}/${was.repository}@${was.digest}, expected ${is.registry}/${is.repository}@${is.digest}; ${advice}`;
  }
  const [packed, repacked] = [present.capsule, record.capsule];
  if (packed !== undefined && repacked !== undefined && packed.digest !== repacked.digest) {
    return `found ${id} recorded with the capsule ${packed.digest}, expected ${repacked.digest}; ${advice}`;
  }
  return undefined;
}

function sameBytes(a: ReleaseRecord, b: ReleaseRecord): boolean {
  return recordBytes(a) === recordBytes(b);
}
