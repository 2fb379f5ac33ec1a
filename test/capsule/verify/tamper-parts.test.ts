import { describe, expect, it } from "vitest";
import { PART_MAX_BYTES } from "../../../capsule/limits.ts";
import { MANIFEST_MAX_BYTES } from "../../../capsule/read.ts";
import { MemoryRepository } from "./registry.ts";
import { type Edit, expectRefused, json, release, set, text } from "./tamper.ts";
import {
  type BlobName,
  bytes,
  COMMIT,
  sourceOf as capsuleOf,
  type Draft,
  hexOf,
  IMAGE,
  type Json,
  KEYS,
  OTHER_COMMIT,
  OTHER_DIGEST,
  REGISTRY,
  refusals,
  sealed,
  TAG,
  verify,
  world,
} from "./world.ts";

const INVALID = ["manifest: capsule-invalid"];
const made = await world();
const OTHER_HEX = hexOf(OTHER_DIGEST);
const SMALL: readonly BlobName[] = ["config", "release", "provenance", "sbom"];

type Cases = readonly (readonly [what: string, edit: Edit])[];

const layers: Cases = [
  ["no layers", set("layers", [])],
  ["no SBOM", set("layers/3", undefined)],
  ["a fifth layer", ({ manifest }) => manifest.layers.push(manifest.layers[3])],
  ["two layers of one type", ({ manifest }) => manifest.layers.splice(2, 1, manifest.layers[3])],
  ["two packages", ({ manifest }) => manifest.layers.splice(3, 1, manifest.layers[0])],
  ["its layers in another order", ({ manifest }) => manifest.layers.reverse()],
  ["a media type that nobody knows", set("layers/1/mediaType", "application/x-release")],
  ["a subject", set("subject", { mediaType: "application/json", digest: OTHER_DIGEST, size: 2 })],
  ["a package larger than Kargo takes", set("layers/0/size", 100_000_001)],
  ["an SBOM too large to read", set("layers/3/size", 1024 ** 3)],
  ["a release.yaml too large to read", set("layers/1/size", 1024 ** 2)],
];

const manifests: readonly (readonly [string, (content: string) => string | Buffer])[] = [
  ["a key that stands twice", (content) => content.replace("{", '{"schemaVersion":2,')],
  ["white space", (content) => `${content}\n`],
  ["white space inside", (content) => content.replace('{"schema', '{ "schema')],
  ["a number written otherwise", (content) => content.replace('Version":2', 'Version":2.0')],
  ["a letter written otherwise", (content) => content.replace('"orbit-', '"\\u006frbit-')],
  ["a byte order mark", (content) => `\ufeff${content}`],
  ["half of it", (content) => content.slice(0, content.length / 2)],
  ["nothing", () => ""],
  ["nesting without end", () => "[".repeat(MANIFEST_MAX_BYTES)],
  ["a list around it", (content) => `[${content}]`],
  ["nesting that ends", () => `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
  ["more bytes than registries take", (content) => content + " ".repeat(MANIFEST_MAX_BYTES)],
  ["what is no UTF-8", () => Buffer.from([0x7b, 0xff, 0x7d])],
];

const releases: Cases = [
  [
    "an image of a longer name than clients take",
    release(/ref: .*\/orbit-webapp:/, `ref: ${REGISTRY}/${"a".repeat(235)}:`),
  ],
  ["a comment", release("component", "# by hand\ncomponent")],
  ["a key that stands twice", text("release", (content) => `${content}version: 9.9.9\n`)],
  ["keys in another order", release(/(component:.*\n)(version:.*\n)/, "$2$1")],
  ["an anchor", release("version: ", "version: &v ")],
  ["a byte order mark", text("release", (content) => `\ufeff${content}`)],
  ["quotes that it does not need", release(/component: (.*)\n/, 'component: "$1"\n')],
  ["two documents", text("release", (content) => `${content}---\n${content}`)],
  ["nesting without end", text("release", () => "[".repeat(60_000))],
  ["a package path outside package/", release("package/base", "overlay/base")],
  ["a package path that climbs", release("package/base", "package/../../etc")],
  ["an absolute package path", release("package/base", "/package/base")],
  ["a package path of nothing", release("package/base", '""')],
  ["a package path that only begins alike", release("package/base", "packages")],
  ["an image by address of a machine", release(REGISTRY, "127.0.0.1:5000")],
  ["an image by digest alone", release(/ref: .*/, `ref: ${REGISTRY}/${IMAGE}@${OTHER_DIGEST}`)],
];

const configs: Cases = [
  ["a package larger than is unpacked", json("config", (it) => (it.package.size = 1e9))],
  ["more files than are unpacked", json("config", (it) => (it.package.files = 10_001))],
  ["a bomb's ratio", json("config", (it) => (it.package.size = 200 * 1024 ** 2))],
  ["a key that stands twice", text("config", (it) => it.replace("{", '{"schema_version":1,'))],
  ["white space", text("config", (it) => `${it}\n`)],
];

const statements: Cases = [
  ["another subject", json("provenance", (it) => (it.subject[0].digest.sha256 = OTHER_HEX))],
  ["no subject", json("provenance", (it) => (it.subject = []))],
  [
    "a subject by another algorithm",
    json("provenance", (it) => (it.subject[0].digest = { sha1: COMMIT })),
  ],
  [
    "another predicate type",
    json("provenance", (it) => (it.predicateType = "https://slsa.dev/provenance/v0.2")),
  ],
  ["another type", json("provenance", (it) => (it._type = "https://example.com/Statement/v1"))],
  ["another commit", json("provenance", (it) => (sourceOf(it).digest.gitCommit = OTHER_COMMIT))],
  ["no commit", json("provenance", (it) => delete sourceOf(it).digest)],
  [
    "no sources",
    json("provenance", (it) => delete it.predicate.buildDefinition.resolvedDependencies),
  ],
  [
    "another repository",
    json(
      "provenance",
      (it) => (sourceOf(it).uri = "git+https://git.example.com/x/y.git@refs/tags/v1"),
    ),
  ],
  [
    "a repository of a longer name",
    json("provenance", (it) => (sourceOf(it).uri = sourceOf(it).uri.replace(".git@", "2.git@"))),
  ],
  ["no repository", json("provenance", (it) => delete sourceOf(it).uri)],
  [
    "a repository that would keep its reader busy",
    json("provenance", (it) => (sourceOf(it).uri = `git+${"a/@".repeat(500_000)}\n`)),
  ],
  ["another component", json("provenance", (it) => (parametersOf(it).component = "aurora-webapp"))],
  ["another version", json("provenance", (it) => (parametersOf(it).version = "1.5.1"))],
  ["no version", json("provenance", (it) => delete parametersOf(it).version)],
  ["no predicate", json("provenance", (it) => delete it.predicate)],
  [
    "a subject that stands twice",
    text("provenance", (it) => it.replace('"subject":', '"subject":[],"subject":')),
  ],
  ["two statements", text("provenance", (it) => `${it}\n${it}`)],
  ["half of it", text("provenance", (it) => it.slice(0, -20))],
  ["nesting without end", text("provenance", () => "[".repeat(100_000))],
  [
    "an envelope around it",
    text("provenance", (it) =>
      JSON.stringify({
        payloadType: "application/vnd.in-toto+json",
        payload: Buffer.from(it).toString("base64"),
        signatures: [],
      }),
    ),
  ],
];

const sboms: Cases = [
  [
    "another version of SPDX",
    json("sbom", (it) => {
      it.spdxVersion = "SPDX-3.0";
    }),
  ],
  ["another version", json("sbom", (it) => (it.packages[1].versionInfo = OTHER_DIGEST))],
  [
    "another checksum",
    json("sbom", (it) => (it.packages[1].checksums[0].checksumValue = OTHER_HEX)),
  ],
  [
    "two checksums",
    json("sbom", (it) =>
      it.packages[1].checksums.push({ algorithm: "SHA256", checksumValue: OTHER_HEX }),
    ),
  ],
  [
    "no digest at all",
    json(
      "sbom",
      (it) => (it.packages[1] = { SPDXID: it.packages[1].SPDXID, versionInfo: "1.5.0" }),
    ),
  ],
  [
    "another package described",
    json("sbom", (it) => (it.relationships[0].relatedSpdxElement = it.packages[0].SPDXID)),
  ],
  [
    "two packages described",
    json("sbom", (it) => (it.documentDescribes = [it.packages[0].SPDXID])),
  ],
  [
    "two packages of one id",
    json("sbom", (it) => it.packages.push({ ...it.packages[1], versionInfo: OTHER_DIGEST })),
  ],
  ["nothing described", json("sbom", (it) => (it.relationships = []))],
  [
    "another relationship",
    json("sbom", (it) => (it.relationships[0].relationshipType = "CONTAINS")),
  ],
  ["no packages", json("sbom", (it) => delete it.packages)],
  ["another format", text("sbom", () => '{"bomFormat":"CycloneDX","specVersion":"1.6"}')],
  [
    "packages that stand twice",
    text("sbom", (it) => it.replace('"packages":', '"packages":[],"packages":')),
  ],
  ["half of it", text("sbom", (it) => it.slice(0, -20))],
  ["nesting without end", text("sbom", () => "[".repeat(100_000))],
];

describe("a capsule", () => {
  it.each(layers)("is refused when its manifest has %s", async (_what, edit) => {
    await expectRefused(made, edit, INVALID, false);
  });

  it.each(manifests)("is refused when its manifest has %s", async (_what, edit) => {
    const tampered = (draft: Draft) => {
      draft.manifest = Buffer.from(edit(JSON.stringify(draft.manifest)));
    };
    await expectRefused(made, tampered, INVALID, false);
  });

  it.each(releases)("is refused when its release.yaml has %s", async (_what, edit) => {
    await expectRefused(made, edit, INVALID);
  });

  it.each(configs)("is refused when its config has %s", async (_what, edit) => {
    await expectRefused(made, edit, INVALID);
  });

  it.each(statements)("is refused when its provenance has %s", async (_what, edit) => {
    await expectRefused(made, edit, ["provenance: attestation"]);
  });

  it.each(sboms)("is refused when its SBOM has %s", async (_what, edit) => {
    await expectRefused(made, edit, ["sbom: attestation"]);
  });

  it("is refused when its package is larger than is unpacked, though it shrinks well", async () => {
    const edit = (draft: Draft) => {
      json("config", (document) => {
        document.package.size = 300 * 1024 ** 2;
      })(draft);
      sealed(draft);
      draft.manifest.layers[0].size = 90_000_000;
    };
    await expectRefused(made, edit, INVALID, false);
  });

  it("is refused by its size before it is read when it is too large", async () => {
    const draft = made.draft();
    draft.manifest = Buffer.alloc(PART_MAX_BYTES.manifest + 1, " ");
    const { checks } = await verify(made, draft);
    expect(checks[0]).toMatchObject({
      verdict: "refused",
      evidence: expect.stringContaining(`expected at most ${PART_MAX_BYTES.manifest}`),
    });
  });

  it("is refused when provenance and SBOM have changed places", async () => {
    const edit = ({ blobs }: Draft) => {
      [blobs.provenance, blobs.sbom] = [blobs.sbom, blobs.provenance];
    };
    await expectRefused(made, edit, ["provenance: attestation", "sbom: attestation"]);
  });

  it("is refused when release.yaml and config have changed places", async () => {
    const edit = ({ blobs }: Draft) => {
      [blobs.release, blobs.config] = [blobs.config, blobs.release];
    };
    await expectRefused(made, edit, INVALID);
  });

  it.each(SMALL)("is refused when another blob is served for %s", async (name) => {
    const others = {
      release: "config",
      config: "release",
      provenance: "sbom",
      sbom: "provenance",
    } as const;
    const other = name === "package" ? "config" : others[name];
    await refusedAsServed(name, (blobs) => blobs[other]);
  });

  it.each(SMALL)("is refused when half of %s is served", async (name) => {
    await refusedAsServed(name, (blobs) => blobs[name].subarray(0, blobs[name].byteLength / 2));
  });

  it.each(SMALL)("is refused when nothing is served for %s", async (name) => {
    await refusedAsServed(name, () => Buffer.alloc(0));
  });
});

describe("a capsule that is whole, of something else", () => {
  it("is refused when it has the image digest of another release", async () => {
    const other = made.images.push(
      Buffer.from('{"schemaVersion":2,"other":1}'),
      `git-${OTHER_COMMIT}`,
    );
    const edit = ({ blobs }: Draft) => {
      for (const name of ["release", "provenance", "sbom"] as const) {
        text(name, (content) => content.replaceAll(hexOf(made.digest), hexOf(other)))({
          blobs,
        } as Draft);
      }
    };
    await expectRefused(made, edit, ["image: digest-changed"]);
  });

  it("is refused when it is of another commit all through", async () => {
    const edit = (draft: Draft) => {
      draft.manifest.annotations["org.opencontainers.image.revision"] = OTHER_COMMIT;
      for (const name of ["release", "provenance"] as const) {
        text(name, (content) => content.replaceAll(COMMIT, OTHER_COMMIT))(draft);
      }
    };
    // Under the tag that it was asked for by, and its own has another image.
    await expectRefused(made, edit, ["identity: capsule-identity", "image: digest-changed"]);
  });

  it("is refused when it is of another image all through", async () => {
    const edit = release(`/${IMAGE}:`, "/aurora-webapp:");
    await expectRefused(made, edit, ["identity: capsule-identity", "image: image-missing"]);
  });

  it("is refused when its image is in another registry", async () => {
    await expectRefused(made, release(REGISTRY, "elsewhere.azurecr.io"), ["image: image-missing"]);
  });
});

describe("a capsule that was asked for", () => {
  it.each([
    ["by a tag of another commit", { tag: `git-${OTHER_COMMIT}` }],
    ["by a version's tag", { tag: "1.5.0" }],
    ["as another component", { expected: { component: "aurora-webapp", version: "1.5.0" } }],
    ["as another version", { expected: { component: IMAGE, version: "1.5.1" } }],
  ])("%s is refused", async (_what, asked) => {
    const verdict = await verify(made, made.draft(), { ...asked, signedBy: KEYS });
    expect(refusals(verdict)).toEqual(["identity: capsule-identity"]);
  });

  it("by digest is refused when its tag names another one, or none", async () => {
    const { digest, content } = capsuleOf(made.draft());
    const lookup = new MemoryRepository();
    lookup.signBundle(digest, KEYS);
    const home = { registry: REGISTRY, repository: `${IMAGE}-capsule`, lookup };
    const asked = { tag: "none", home };
    const none = await verify(made, made.draft(), asked);
    expect(refusals(none)).toEqual(["identity: capsule-identity"]);
    lookup.push(bytes({ other: true }), TAG);
    const other = await verify(made, made.draft(), asked);
    expect(refusals(other)).toEqual(["identity: capsule-identity"]);
    lookup.push(content, TAG);
    expect(await verify(made, made.draft(), asked)).toMatchObject({ ok: true });
  });

  it("in a repository of another name is refused, unless the release is named", async () => {
    const home = { registry: REGISTRY, repository: "mirror/copy", lookup: made.capsules };
    const asked = { signedBy: KEYS, home };
    const verdict = await verify(made, made.draft(), asked);
    expect(refusals(verdict)).toEqual(["identity: capsule-identity"]);
    const expected = { component: IMAGE, version: "1.5.0" };
    expect((await verify(made, made.draft(), { ...asked, expected })).ok).toBe(true);
    const mirrored = { ...home, repository: `mirror/${IMAGE}-capsule` };
    expect((await verify(made, made.draft(), { ...asked, home: mirrored })).ok).toBe(true);
  });
});

/** Whatever stands in the manifest stays; the registry serves something else. */
async function refusedAsServed(
  name: BlobName,
  serve: (blobs: Draft["blobs"]) => Uint8Array,
): Promise<void> {
  const draft = made.draft();
  draft.served = { [name]: serve(draft.blobs) };
  const verdict = await verify(made, draft, { signedBy: KEYS });
  expect(refusals(verdict)).toEqual(INVALID);
  expect(verdict.checks[0]?.evidence).toMatch(/^found (\d+ bytes of the|the) /);
}

function sourceOf(statement: Json): Json {
  return statement.predicate.buildDefinition.resolvedDependencies[0];
}

function parametersOf(statement: Json): Json {
  return statement.predicate.buildDefinition.externalParameters;
}
