import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { RecordDocument } from "../../registry/document-types.ts";
import { type ReleaseRecord, recordBytes, recordFile } from "../../registry/index.ts";
import { recordFrom } from "../../registry/records.ts";
import { parseText, validateDocument } from "../../schemas/index.ts";

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const day = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
/** Texts that a YAML reader could take for something else are likely among these. */
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    "no",
    "on",
    "~",
    "1.0",
    "2026-06-03",
    "0x1f",
    "1:30",
    "",
    " a",
    "a: b",
    "# c",
    "*x",
    "!y",
    "é\u{1f680}",
  ),
);

const record: fc.Arbitrary<ReleaseRecord> = fc
  .record({
    version: fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((parts) => parts.join(".")),
    releasedAt: day,
    commit: hex(40),
    built: fc.option(
      fc.record({
        digest: hex(64).map((digits) => `sha256:${digits}`),
        size: fc.integer({ min: 1 }),
        annotations: fc.dictionary(fc.stringMatching(/^[a-z][a-z.]{0,20}$/), text, {
          minKeys: 1,
          noNullPrototype: true,
        }),
        platforms: fc.uniqueArray(fc.constantFrom("linux/amd64", "linux/arm64"), { minLength: 1 }),
      }),
      { nil: undefined },
    ),
    attested: fc.subarray(["sbom", "provenance", "signature"] as const),
  })
  .map(
    ({ version, releasedAt, commit, built, attested }): ReleaseRecord => ({
      file: recordFile("orbit-webapp", version),
      component: "orbit-webapp",
      version,
      releasedAt,
      source: { repo: "platform", path: "services/orbit", tag: `orbit-webapp/v${version}`, commit },
      target: "container",
      artifact: {
        repository: "orbit-webapp",
        tag: version,
        ...(built && {
          ...built,
          platforms: [...built.platforms].sort(),
          registry: "slipwaydev.azurecr.io",
          mediaType: "application/vnd.oci.image.manifest.v1+json",
        }),
      },
      ...(attested.length > 0 && {
        attestations: Object.fromEntries(
          attested.map((name) => [name, `sha256:${"e".repeat(64)}`]),
        ),
      }),
      status: built === undefined ? "pending" : "recorded",
    }),
  );

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
      fc.property(record, (value) => {
        const bytes = recordBytes(value);
        const again = reread(value.file, bytes);
        expect(again).toEqual(value);
        expect(recordBytes(again)).toBe(bytes);
      }),
    );
  });

  it("says the same to a YAML 1.1 reader", () => {
    fc.assert(
      fc.property(record, (value) => {
        const bytes = recordBytes(value);
        expect(parse(bytes, { version: "1.1" })).toEqual(parse(bytes, { version: "1.2" }));
      }),
    );
  });

  it("does not depend on the order in which a record was put together", () => {
    fc.assert(
      fc.property(record, (value) => {
        const flip = <T extends object>(from: T): T =>
          Object.fromEntries(Object.entries(from).reverse()) as T;
        const { artifact, attestations } = value;
        const flipped = flip({
          ...value,
          source: flip(value.source),
          ...(attestations && { attestations: flip(attestations) }),
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
`);
  });
});
