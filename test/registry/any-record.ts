import fc from "fast-check";
import { type ReleaseRecord, recordFile } from "../../registry/index.ts";

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

const built: fc.Arbitrary<ReleaseRecord> = fc
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
    hasCapsule: fc.boolean(),
  })
  .map(
    ({ version, releasedAt, commit, built, attested, hasCapsule }): ReleaseRecord => ({
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
      ...(built !== undefined &&
        hasCapsule && {
          capsule: {
            repository: "orbit-webapp-capsule",
            tag: `git-${commit}`,
            digest: `sha256:${"f".repeat(64)}`,
          },
        }),
      status: built === undefined ? "pending" : "recorded",
    }),
  );

const moduleRecord: fc.Arbitrary<ReleaseRecord> = fc
  .record({
    version: fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((parts) => parts.join(".")),
    releasedAt: day,
    commit: hex(40),
    sum: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
  })
  .map(({ version, releasedAt, commit, sum, name }) => ({
    file: recordFile("trajectory", version),
    component: "trajectory",
    version,
    releasedAt,
    source: { repo: "toolkit", path: "go", tag: `go/v${version}`, commit },
    target: "go_module",
    module: {
      path: `git.example.com/${name}`,
      sum: `h1:${Buffer.from(sum).toString("base64")}`,
    },
    status: "recorded",
  }));

/** A record that could be written: of an image, built or not, or of a Go module. */
export const anyRecord: fc.Arbitrary<ReleaseRecord> = fc.oneof(built, moduleRecord);
