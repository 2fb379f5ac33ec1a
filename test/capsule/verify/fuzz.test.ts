import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../builds/digest.ts";
import { readConfig, readManifest, readRelease } from "../../../capsule/read.ts";
import { freightFrom } from "../../../capsule/verify/index.ts";
import { checkProvenance } from "../../../capsule/verify/provenance.ts";
import { checkSbom } from "../../../capsule/verify/sbom.ts";
import { SlipwayError } from "../../../schemas/problem.ts";
import { leaves, put } from "./tamper.ts";
import {
  type BlobName,
  bytes,
  type Draft,
  type Json,
  KEYS,
  sealed,
  verify,
  world,
} from "./world.ts";

const made = await world();
const { manifest, blobs } = made.draft();
const release = readRelease(blobs.release).value;
if (release === undefined) throw new Error("a release.yaml that is read");
const found = release;

/** Every reader of bytes from outside, and whether it took them. */
const READERS: Readonly<Record<string, (content: Uint8Array) => boolean>> = {
  manifest: (content) => isTaken(readManifest({ digest: sha256(content), content })),
  config: (content) => isTaken(readConfig(content)),
  "release.yaml": (content) => isTaken(readRelease(content)),
  provenance: (content) => checkProvenance(content, found).verdict === "passed",
  SBOM: (content) => checkSbom(content, made.digest, undefined).verdict === "passed",
  Freight(content) {
    try {
      return freightFrom("freight.json", content).images.length >= 0;
    } catch (error) {
      if (error instanceof SlipwayError && error.code === "freight") return false;
      throw error;
    }
  },
};
const ORIGINALS: Readonly<Record<string, Uint8Array>> = {
  manifest: bytes(manifest),
  config: blobs.config,
  "release.yaml": blobs.release,
  provenance: blobs.provenance,
  SBOM: blobs.sbom,
  Freight: Buffer.from('{"kind":"Freight","images":[{"repoURL":"a/b","tag":"1","digest":"x"}]}'),
};

/** Values that a JSON document can have anywhere. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("__proto__", "", -1, 0, 1e308, Number.MAX_SAFE_INTEGER, "sha256:", [[[]]]),
);
/** A piece of bytes in the place of another. */
const splice = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(40),
  put: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.string({ maxLength: 20 }).map(Buffer.from)),
});

describe.each(Object.entries(READERS))("the reader of a capsule's %s", (name, read) => {
  const original = ORIGINALS[name] ?? Buffer.alloc(0);

  it("takes what it is made for", () => {
    expect(read(original)).toBe(true);
  });

  it("refuses any bytes that are not it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (content) => {
        expect(read(content)).toBe(false);
      }),
    );
  });

  it("never fails when bytes of it are others", () => {
    fc.assert(
      fc.property(fc.array(splice, { minLength: 1, maxLength: 4 }), (splices) => {
        expect(typeof read(splices.reduce(spliced, original))).toBe("boolean");
      }),
      { numRuns: 300 },
    );
  });

  it("never fails when it is any JSON", () => {
    fc.assert(
      fc.property(value, (document) => {
        expect(read(bytes(document))).toBe(false);
      }),
    );
  });
});

describe("a capsule", () => {
  const paths = leaves(manifest);
  const names: readonly BlobName[] = ["config", "release", "provenance", "sbom"];

  it("is refused, and never fails, with any value anywhere in its manifest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), value, async (path, other) => {
        const draft = made.draft();
        put(draft.manifest, path, other);
        await expectNo(draft);
      }),
    );
  });

  it("is refused, and never fails, with any bytes in a part and all digests worked out anew", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), splice, async (name, change) => {
        const draft = made.draft();
        draft.blobs[name] = spliced(draft.blobs[name], change);
        await expectNo(sealed(draft));
      }),
    );
  });

  /** Signed is the capsule as it was, and nothing else. */
  async function expectNo(draft: Draft): Promise<void> {
    const original = await verify(made, made.draft(), { signedBy: KEYS });
    const verdict = await verify(made, draft);
    expect(verdict.ok).toBe(verdict.digest === original.digest);
  }
});

function spliced(
  content: Uint8Array,
  { at, cut, put: piece }: { at: number; cut: number; put: Uint8Array },
): Uint8Array {
  const start = Math.floor(at * content.byteLength);
  return Buffer.concat([content.subarray(0, start), piece, content.subarray(start + cut)]);
}

function isTaken(read: { value?: unknown; problems?: Json }): boolean {
  expect(read.value === undefined).toBe(read.problems !== undefined);
  return read.value !== undefined;
}
