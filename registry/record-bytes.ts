import type { DocumentPath } from "../schemas/index.ts";
import { canonicalYaml } from "./canonical.ts";
import type { RecordDocument } from "./document-types.ts";
import type { ReleaseRecord } from "./types.ts";

/** Keys of a record in the order in which they are written (D-04). */
const ORDER = {
  record: [
    "schema_version",
    "component",
    "version",
    "released_at",
    "source",
    "target",
    "artifact",
    "attestations",
    "capsule",
    "module",
  ],
  source: ["repo", "path", "tag", "commit"],
  artifact: [
    "registry",
    "repository",
    "tag",
    "media_type",
    "digest",
    "size",
    "annotations",
    "platforms",
  ],
  attestations: ["sbom", "provenance", "signature"],
  capsule: ["repository", "tag", "digest"],
  module: ["path", "sum"],
} as const;

/**
 * The one text of a record: keys in fixed order, every text that another YAML reader could take for
 * something else in quotes, `released_at` always (D-03, D-04). The same record, the same bytes.
 */
export function recordBytes(record: ReleaseRecord): string {
  return canonicalYaml(canonicalData(record));
}

/** Where the keys of a record stand in another order than the canonical one; undefined when nowhere. */
export function canonicalOrderProblem(
  data: RecordDocument,
): { path: DocumentPath; message: string } | undefined {
  const maps: [DocumentPath, object, readonly string[]][] = [
    [[], data, ORDER.record],
    [["source"], data.source, ORDER.source],
    [["artifact"], data.artifact ?? {}, ORDER.artifact],
    [["attestations"], data.attestations ?? {}, ORDER.attestations],
    [["capsule"], data.capsule ?? {}, ORDER.capsule],
    [["module"], data.module ?? {}, ORDER.module],
  ];
  for (const [path, map, order] of maps) {
    const keys = Object.keys(map);
    const expected = order.filter((key) => keys.includes(key));
    const at = keys.findIndex((key, index) => key !== expected[index]);
    if (at === -1) continue;
    return {
      path: [...path, keys[at] ?? ""],
      message: `found the keys ${keys.join(", ")}, expected the order ${expected.join(", ")}; reorder them`,
    };
  }
  return undefined;
}

function canonicalData(record: ReleaseRecord): Record<string, unknown> {
  const { source, artifact, attestations, capsule, module } = record;
  return ordered(ORDER.record, {
    schema_version: 1,
    component: record.component,
    version: record.version,
    released_at: record.releasedAt,
    source: ordered(ORDER.source, source),
    target: record.target,
    artifact:
      artifact === undefined
        ? undefined
        : ordered(ORDER.artifact, {
            ...artifact,
            media_type: artifact.mediaType,
            annotations: artifact.annotations && sortedByKey(artifact.annotations),
            platforms: artifact.platforms && [...artifact.platforms].sort(),
          }),
    attestations: attestations && ordered(ORDER.attestations, attestations),
    capsule: capsule && ordered(ORDER.capsule, capsule),
    module: module && ordered(ORDER.module, module),
  });
}

function ordered(keys: readonly string[], values: object): Record<string, unknown> {
  const given = new Map<string, unknown>(Object.entries(values));
  return Object.fromEntries(
    keys.flatMap((key) => (given.get(key) === undefined ? [] : [[key, given.get(key)]])),
  );
}

/** By code unit, so that no locale has a say. */
function sortedByKey(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
}
