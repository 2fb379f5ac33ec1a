import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { RecordDocument } from "../../registry/document-types.ts";
import { type ReleaseRecord, recordBytes } from "../../registry/index.ts";
import { recordFrom } from "../../registry/records.ts";
import { parseText, validateDocument } from "../../schemas/index.ts";
import { anyRecord } from "./any-record.ts";

function reread(file: string, bytes: string): ReleaseRecord {
  const problems: unknown[] = [];
  const document = parseText(file, bytes, (problem) => problems.push(problem));
  const data =
    document &&
    validateDocument<RecordDocument>("release", document, (problem) => problems.push(problem));
  expect(problems).toEqual([]);
  if (data === undefined) throw new Error("not read");
  return recordFrom(file, data);
}

describe("recordBytes", () => {
  it("gives what the reader reads back as the same record, and the same bytes again", () => {
    fc.assert(
      fc.property(anyRecord, (value) => {
        const bytes = recordBytes(value);
        const again = reread(value.file, bytes);
        expect(again).toEqual(value);
        expect(recordBytes(again)).toBe(bytes);
      }),
    );
  });

  it("says the same to a YAML 1.1 reader", () => {
    fc.assert(
      fc.property(anyRecord, (value) => {
        const bytes = recordBytes(value);
        expect(parse(bytes, { version: "1.1" })).toEqual(parse(bytes, { version: "1.2" }));
      }),
    );
  });

  it("does not depend on the order in which a record was put together", () => {
    fc.assert(
      fc.property(anyRecord, (value) => {
        const flip = <T extends object>(from: T): T =>
          Object.fromEntries(Object.entries(from).reverse()) as T;
        const { artifact, attestations, capsule, module } = value;
        const flipped = flip({
          ...value,
          source: flip(value.source),
          ...(attestations && { attestations: flip(attestations) }),
          ...(capsule && { capsule: flip(capsule) }),
          ...(module && { module: flip(module) }),
          ...(artifact && {
            artifact: flip({
              ...artifact,
              ...(artifact.annotations && { annotations: flip(artifact.annotations) }),
            }),
          }),
        });
        expect(recordBytes(flipped)).toBe(recordBytes(value));
      }),
    );
  });

  it("is this text", () => {
    expect(
      recordBytes({
        file: "",
        component: "registry-service",
        version: "2026.06.0",
        releasedAt: "2026-06-08",
        source: {
          commit: "0702e76d12f5fbf0f61a21d049882d709cb2d2ec",
          tag: "registry-service/v2026.06.0",
          path: "service",
          repo: "registry-service",
        },
        target: "container",
        artifact: {
          repository: "registry-service",
          tag: "2026.06.0",
          size: 402,
          registry: "slipwaydev.azurecr.io",
          digest: `sha256:${"0".repeat(64)}`,
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          platforms: ["linux/amd64"],
        },
        attestations: { signature: `sha256:${"2".repeat(64)}`, sbom: `sha256:${"1".repeat(64)}` },
        capsule: {
          digest: `sha256:${"3".repeat(64)}`,
          tag: "git-0702e76d12f5fbf0f61a21d049882d709cb2d2ec",
          repository: "registry-service-capsule",
        },
        status: "recorded",
      }),
    ).toBe(`schema_version: 1
component: registry-service
version: 2026.06.0
released_at: "2026-06-08"
source:
  repo: registry-service
  path: service
  tag: registry-service/v2026.06.0
  commit: 0702e76d12f5fbf0f61a21d049882d709cb2d2ec
target: container
artifact:
  registry: slipwaydev.azurecr.io
  repository: registry-service
  tag: 2026.06.0
  media_type: application/vnd.oci.image.manifest.v1+json
  digest: sha256:${"0".repeat(64)}
  size: 402
  platforms:
    - linux/amd64
attestations:
  sbom: sha256:${"1".repeat(64)}
  signature: sha256:${"2".repeat(64)}
capsule:
  repository: registry-service-capsule
  tag: git-0702e76d12f5fbf0f61a21d049882d709cb2d2ec
  digest: sha256:${"3".repeat(64)}
`);
  });
});
