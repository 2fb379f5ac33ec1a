import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { canonicalYaml } from "../../../registry/canonical.ts";
import { expectRefused, leaves, put, text } from "./tamper.ts";
import { type Draft, type Json, OTHER_COMMIT, OTHER_DIGEST, world } from "./world.ts";

const INVALID = ["manifest: capsule-invalid"];
const IDENTITY = ["identity: capsule-identity"];
/** Nothing else names it: the signature of the capsule's digest stands for it alone. */
const SIGNED: readonly string[] = [];
const made = await world();
const { manifest: MANIFEST, blobs } = made.draft();
const CONFIG: Json = JSON.parse(Buffer.from(blobs.config).toString("utf8"));
const RELEASE: Json = parse(Buffer.from(blobs.release).toString("utf8"));

/** Another value of the same form for every field, and who notices. */
type Fields = Readonly<Record<string, readonly [value: Json, expected: readonly string[]]>>;

const manifestFields: Fields = {
  schemaVersion: [1, INVALID],
  mediaType: ["application/vnd.docker.distribution.manifest.v2+json", INVALID],
  artifactType: ["application/vnd.slipway.capsule.v2", INVALID],
  "config/mediaType": ["application/vnd.oci.image.config.v1+json", INVALID],
  "config/digest": [OTHER_DIGEST, INVALID],
  "config/size": [CONFIG.package.size, INVALID],
  "layers/0/mediaType": ["application/vnd.oci.image.layer.v1.tar+gzip", INVALID],
  // Its bytes are not asked for; unpacking compares them.
  "layers/0/digest": [OTHER_DIGEST, SIGNED],
  "layers/0/size": [999, SIGNED],
  "layers/0/annotations/org.opencontainers.image.title": ["package.tgz", INVALID],
  ...Object.fromEntries(
    [1, 2, 3].flatMap((index) => [
      [`layers/${index}/mediaType`, ["application/json", INVALID]],
      [`layers/${index}/digest`, [OTHER_DIGEST, INVALID]],
      [`layers/${index}/size`, [7, INVALID]],
      [`layers/${index}/annotations/org.opencontainers.image.title`, ["other", INVALID]],
    ]),
  ),
  "annotations/org.opencontainers.image.created": ["2026-07-02T10:00:00Z", SIGNED],
  "annotations/org.opencontainers.image.revision": [OTHER_COMMIT, IDENTITY],
  "annotations/org.opencontainers.image.source": ["https://git.example.com/x/y.git", IDENTITY],
  "annotations/org.opencontainers.image.title": ["aurora-webapp", IDENTITY],
  "annotations/org.opencontainers.image.version": ["1.5.1", IDENTITY],
};

const configFields: Fields = {
  schema_version: [2, INVALID],
  "package/diff_id": [OTHER_DIGEST, SIGNED],
  "package/size": [CONFIG.package.size + 512, SIGNED],
  "package/files": [CONFIG.package.files + 1, SIGNED],
};

const PROVENANCE = "provenance: attestation";
const releaseFields: Fields = {
  schema_version: [2, INVALID],
  component: ["aurora-webapp", [...IDENTITY, PROVENANCE]],
  version: ["1.5.1", [...IDENTITY, PROVENANCE]],
  "source/repository": ["https://git.example.com/x/y.git", [...IDENTITY, PROVENANCE]],
  "source/path": ["services/aurora-webapp/deploy", SIGNED],
  "source/commit": [OTHER_COMMIT, [...IDENTITY, "image: capsule-identity", PROVENANCE]],
  "image/ref": [
    RELEASE.image.ref.replace(/git-.*/, `git-${OTHER_COMMIT}`),
    ["image: capsule-identity"],
  ],
  "image/digest": [OTHER_DIGEST, ["image: digest-changed", PROVENANCE, "sbom: attestation"]],
  "package/kind": ["helm", INVALID],
  // Whether it is there is known to whoever unpacks.
  "package/path": ["package/overlay", SIGNED],
};

const PARTS = [
  ["the manifest", MANIFEST, manifestFields, manifest],
  ["the config", CONFIG, configFields, config],
  ["release.yaml", RELEASE, releaseFields, release],
] as const;

describe.each(PARTS)("a capsule with another value in %s", (_part, document, fields, edit) => {
  it("is tried for every field", () => {
    expect(Object.keys(fields).sort()).toEqual(leaves(document).sort());
  });

  it.each(Object.entries(fields))("is refused when it is %s", async (path, [value, expected]) => {
    const tampered = (draft: Draft) => edit(draft, (each) => put(each, path, value));
    await expectRefused(made, tampered, expected, document !== MANIFEST);
  });

  it.each(leaves(document))("is refused when %s is missing or of another type", async (path) => {
    for (const value of [undefined, null, [], {}, true]) {
      const tampered = (draft: Draft) => edit(draft, (each) => put(each, path, value));
      await expectRefused(made, tampered, INVALID, document !== MANIFEST);
    }
  });

  it.each(mapsOf(document))("is refused for a key that nobody knows in /%s", async (path) => {
    const key = path === "" ? "extra" : `${path}/extra`;
    const tampered = (draft: Draft) => edit(draft, (each) => put(each, key, "value"));
    await expectRefused(made, tampered, INVALID, document !== MANIFEST);
  });
});

function manifest(draft: Draft, change: (document: Json) => void): void {
  change(draft.manifest);
}

function config(draft: Draft, change: (document: Json) => void): void {
  text("config", (content) => {
    const document = JSON.parse(content);
    change(document);
    return JSON.stringify(document);
  })(draft);
}

function release(draft: Draft, change: (document: Json) => void): void {
  text("release", (content) => {
    const document = parse(content);
    change(document);
    return canonicalYaml(document);
  })(draft);
}

/** Paths of the maps in a document. */
function mapsOf(document: Json, path: readonly string[] = []): string[] {
  if (typeof document !== "object" || document === null) return [];
  const inner = Object.entries(document).flatMap(([key, value]) => mapsOf(value, [...path, key]));
  return Array.isArray(document) ? inner : [path.join("/"), ...inner];
}
