import { describe, expect, it } from "vitest";
import { sha256 } from "../../builds/digest.ts";
import { packPackage } from "../../capsule/archive.ts";
import { buildCapsule, type Capsule } from "../../capsule/contract.ts";
import { PART_MAX_BYTES } from "../../capsule/limits.ts";
import {
  blobProblem,
  type NamedManifest,
  readConfig,
  readManifest,
  readRelease,
} from "../../capsule/read.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const DIGEST = `sha256:${"d".repeat(64)}`;
const REPOSITORY = "https://git.example.com/platform/platform.git";

describe("a capsule", () => {
  it("has the same digest each time, and one that never changes", async () => {
    const [one, other] = [await capsule(), await capsule()];
    expect(one.digest).toBe(other.digest);
    expect(sha256(one.manifest)).toBe(one.digest);
    // The contract: another literal means that capsules are no longer packed as they were.
    expect(one.digest).toBe(
      "sha256:f1c849b198b6b2dfa748a56a33bfee4e85a4e85e93cde72794eb9fd39d787fe0",
    );
  });

  it("is read as it was made", async () => {
    const made = await capsule();
    const manifest = readManifest(named(made.manifest));
    expect(manifest.problems).toBeUndefined();
    expect(manifest.value).toMatchObject({
      component: "orbit-webapp",
      version: "1.5.0",
      commit: COMMIT,
      repository: REPOSITORY,
      created: "2026-07-01T10:00:00Z",
    });
    const described = manifest.value && [
      manifest.value.layers.package,
      manifest.value.layers.release,
      manifest.value.layers.provenance,
      manifest.value.layers.sbom,
    ];
    expect(described?.map(({ digest }) => digest)).toEqual(made.layers.map(({ digest }) => digest));
    expect(readConfig(made.config.content).value).toMatchObject({ files: 1 });
    expect(readRelease(contentOf(made, 1)).value).toEqual({
      component: "orbit-webapp",
      version: "1.5.0",
      schema_version: 1,
      source: { repository: REPOSITORY, path: "services/orbit-webapp/deploy", commit: COMMIT },
      image: { ref: `slipwaydev.azurecr.io/orbit-webapp:git-${COMMIT}`, digest: DIGEST },
      package: { kind: "kustomize", path: "package" },
    });
  });
});

describe("reading a capsule", () => {
  it.each<[string, (text: string) => string]>([
    ["a key that stands twice", (text) => text.replace("{", '{"schemaVersion":2,')],
    ["white space", (text) => `${text}\n`],
    ["half of it", (text) => text.slice(0, -20)],
    ["an unknown key", (text) => text.replace("{", '{"subject":{},')],
    ["a key in capitals", (text) => text.replace('"layers"', '"Layers"')],
    ["no JSON", () => "schemaVersion: 2"],
    ["a month that is none", (text) => text.replace("2026-07", "2026-99")],
    ["a day that is none", (text) => text.replace("2026-07-01", "2026-02-30")],
    ["an hour that is none", (text) => text.replace("T10:", "T24:")],
    ["a second that is none", (text) => text.replace(":00Z", ":60Z")],
    ["another artifact type", (text) => text.replace("capsule.v1", "capsule.v2")],
  ])("refuses a manifest with %s", async (_what, edit) => {
    const text = Buffer.from((await capsule()).manifest).toString("utf8");
    const edited = edit(text);
    expect(edited).not.toBe(text);
    refused(readManifest(named(Buffer.from(edited))));
  });

  it("refuses a manifest that is too large, or no text", () => {
    refused(readManifest(named(Buffer.alloc(PART_MAX_BYTES.manifest + 1, " "))));
    refused(readManifest(named(Buffer.from([0xff, 0xfe]))));
  });

  it("tells some of what is wrong, and how much more, when a manifest is full of unknown keys", async () => {
    const { manifest } = await capsule();
    const keys = Array.from({ length: 1_000 }, (_, index) => `"key${index}":0`);
    const text = Buffer.from(manifest).toString("utf8").replace(/}$/, `,${keys}}`);
    const { problems } = readManifest(named(Buffer.from(text)));
    expect(problems).toHaveLength(21);
    expect(problems?.[0]?.message).toMatch(/^manifest\/key0: found an unknown key/);
    expect(problems?.at(-1)?.message).toBe("and 980 more");
  });

  it("tells where in release.yaml something is wrong", async () => {
    const text = Buffer.from(contentOf(await capsule(), 1)).toString("utf8");
    const { problems } = readRelease(Buffer.from(`${text}target: container\n`));
    expect(problems?.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^release.yaml\/target: found an unknown key/),
    ]);
  });

  it("refuses a manifest under a digest that it does not have", async () => {
    const { digest, manifest: content } = await capsule();
    expect(readManifest({ digest, content }).problems).toBeUndefined();
    refused(readManifest({ digest: DIGEST, content }));
  });

  it.each<[string, (text: string) => string]>([
    ["a comment", (text) => `# Packed by hand\n${text}`],
    ["an unknown key", (text) => `${text}target: container\n`],
    ["a key that stands twice", (text) => `${text}version: 9.9.9\n`],
    ["another order", (text) => text.replace(/(component:.*\n)(version:.*\n)/, "$2$1")],
    ["an anchor", (text) => text.replace("version: ", "version: &v ")],
  ])("refuses a release.yaml with %s", async (_what, edit) => {
    const text = Buffer.from(contentOf(await capsule(), 1)).toString("utf8");
    const edited = edit(text);
    expect(edited).not.toBe(text);
    refused(readRelease(Buffer.from(edited)));
  });

  it("refuses a release.yaml that is no text", () => {
    refused(readRelease(Buffer.from([0xff, 0xfe])));
  });

  it("tells a blob that is not what its descriptor says", async () => {
    const made = await capsule();
    const content = contentOf(made, 1);
    const descriptor = {
      mediaType: "text/plain",
      digest: sha256(content),
      size: content.byteLength,
    };
    expect(blobProblem("release", descriptor, content)).toBeUndefined();
    expect(blobProblem("release", { ...descriptor, size: 1 }, content)?.message).toMatch(
      /bytes of/,
    );
    expect(blobProblem("release", { ...descriptor, digest: DIGEST }, content)?.message).toMatch(
      `expected ${DIGEST}`,
    );
  });
});

function refused({ problems }: { problems?: readonly { code: string }[] | undefined }): void {
  expect(problems?.map(({ code }) => code)).toContain("capsule-invalid");
}

function named(content: Uint8Array): NamedManifest {
  return { digest: sha256(content), content };
}

function contentOf({ layers }: Capsule, index: number): Uint8Array {
  const layer = layers[index];
  if (layer === undefined) throw new Error(`no layer ${index}`);
  return layer.content;
}

async function capsule(): Promise<Capsule> {
  const kustomization = Buffer.from("resources: []\n");
  const files = [{ path: "package/kustomization.yaml", executable: false, content: kustomization }];
  const packed = await packPackage(files, 1_780_000_000);
  return buildCapsule({
    identity: {
      component: "orbit-webapp",
      version: "1.5.0",
      repository: REPOSITORY,
      path: "services/orbit-webapp/deploy",
      commit: COMMIT,
      created: "2026-07-01T10:00:00Z",
    },
    image: { ref: `slipwaydev.azurecr.io/orbit-webapp:git-${COMMIT}`, digest: DIGEST },
    package: { kind: "kustomize", path: "package", packed, files: files.length },
    provenance: Buffer.from("{}\n"),
    sbom: Buffer.from("{}\n"),
  });
}
