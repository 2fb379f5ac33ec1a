/** The capsule of a release, by the step that ends releases: real git and registry, our own signatures. */
import { createPublicKey } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { CAPSULE_ANNOTATION, CAPSULE_REFERRER } from "../../builds/media-types.ts";
import { openCapsule, readPart } from "../../capsule/open.ts";
import { openRemote, registrySource } from "../../capsule/registry/index.ts";
import { hasSignature, lookupIn } from "../../capsule/verify/index.ts";
import type { ReleaseRecord } from "../../registry/index.ts";
import { finishRelease } from "../../releasing/finish.ts";
import { checkArtifacts } from "../../releasing/remote/index.ts";
import { findTool, whyMissing } from "../../tools/find.mjs";
import {
  blob,
  imageOf,
  provenance,
  pushAttested,
  SBOM,
  SIGNING_KEY,
  VERIFICATION,
} from "../attest/attested-image.ts";
import { readPackage } from "../capsule/sample.ts";
import { type TempCheckout, tempCheckout } from "../fixtures/checkout.ts";
import {
  REGISTRY,
  startPlainRegistry,
  startReferrersRegistry,
  type TestRegistry,
} from "../integration/registries.ts";
import { type Remote, startRemote } from "../source/remote.ts";
import { component, record } from "./next-fixture.ts";

const SLOW = 60_000;
const WRITES = /^(PUT|POST|PATCH|DELETE) /;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const APP = component({
  package: { kind: "kustomize", folder: "deploy", path: "." },
  attestations: { sbom: true, provenance: true, signature: false },
});
const PACKAGE = { "app/deploy/kustomization.yaml": "resources: []\n" };

interface World {
  registry: TestRegistry;
  remote: Remote;
  commit: string;
  checkout: TempCheckout;
  /** Of the image. */
  digest: string;
  env: Record<string, string>;
  /** Ends the release as `slipway release` and `slipway up` do. */
  finish(more?: {
    component: typeof APP;
    env: Record<string, string>;
  }): Promise<{ record: ReleaseRecord; notes: string[] }>;
}

const missing = ["registry", "referrers-registry"].flatMap((name) => whyMissing(name) ?? []);
const title = ["the capsule of a release", ...missing].join(": ");

describe.skipIf(missing.length > 0)(title, { timeout: SLOW }, () => {
  let registry: TestRegistry | undefined;
  afterEach(() => registry?.close());

  it.each([
    ["with the referrers API", startReferrersRegistry],
    ["without it", startPlainRegistry],
  ])("is pushed beside its image and pinned by the record, in a registry %s", async (_, begin) => {
    const world = await start(begin);
    const { commit, digest, env } = world;
    const { record: written, notes } = await world.finish();
    expect(written.capsule).toEqual({
      repository: "app-capsule",
      tag: `git-${commit}`,
      digest: expect.stringMatching(/^sha256:/),
    });
    expect(notes.at(-1)).toMatch(`pushed ${REGISTRY}/app-capsule@${written.capsule?.digest}`);
    const place = { registry: REGISTRY, repository: "app-capsule", tag: `git-${commit}` };
    const capsule = await openCapsule(await registrySource(place, { env }));
    expect(capsule.digest).toBe(written.capsule?.digest);
    expect(capsule.release.image).toEqual({ ref: `${REGISTRY}/app:git-${commit}`, digest });
    const { layers } = capsule.manifest;
    const part = (name: keyof typeof layers) =>
      readPart(capsule.source, name, layers[name], 10_000);
    expect((await readPackage(await part("package"))).map(({ path }) => path)).toEqual([
      "package/kustomization.yaml",
    ]);
    expect(Buffer.from(await part("sbom")).toString()).toBe(JSON.stringify(SBOM));
    expect(JSON.parse(Buffer.from(await part("provenance")).toString())).toEqual(
      provenance(digest, commit),
    );
    const images = openRemote({ registry: REGISTRY, repository: "app" }, { env });
    const referrers = await Promise.all(
      (await images.referrers(digest)).map(async (each) => images.resolve(each.digest)),
    );
    const texts = referrers.map((each) => Buffer.from(each?.content ?? "").toString());
    const ours = texts.map((text) => JSON.parse(text)).filter(isReferrer);
    expect(ours).toMatchObject([
      { annotations: { [CAPSULE_ANNOTATION]: `app-capsule@${written.capsule?.digest}` } },
    ]);
  });

  it("is found when the record is lost: the same record, and nothing pushed", async () => {
    const world = await start(startPlainRegistry);
    const first = await world.finish();
    const file = world.checkout.path(first.record.file);
    const before = await readFile(file, "utf8");
    await rm(file);
    const since = world.registry.requests.length;
    const { notes } = await world.finish();
    expect(notes.at(-1)).toMatch(/: found /);
    expect(await readFile(file, "utf8")).toBe(before);
    expect(world.registry.requests.slice(since).filter((line) => WRITES.test(line))).toEqual([]);
  });

  it("keeps the record from being written while its tag names another capsule", async () => {
    const world = await start(startReferrersRegistry);
    const capsules = openRemote({ registry: REGISTRY, repository: "app-capsule" }, world);
    await capsules.pushBlob(blob("{}"));
    await capsules.pushManifest(imageOf("another"), { tag: `git-${world.commit}` });
    await expect(world.finish()).rejects.toMatchObject({ code: "tag-taken" });
    expect(() => world.checkout.read("releases/app/v1.0.0/release.yaml")).toThrow(/ENOENT/);
  });

  it("is missed by check when it is gone, and when its tag moved", async () => {
    const world = await start(startReferrersRegistry);
    const { record: written } = await world.finish();
    const { env } = world;
    expect(await checkArtifacts([written], env)).toEqual([]);
    const capsule = { ...written.capsule, repository: "app-capsule", tag: "", digest: "" };
    const other = { ...capsule, tag: `git-${world.commit}`, digest: `sha256:${"0".repeat(64)}` };
    expect(await checkArtifacts([{ ...written, capsule: other }], env)).toMatchObject([
      { code: "capsule-missing", file: written.file, path: "capsule.digest" },
    ]);
    const capsules = openRemote({ registry: REGISTRY, repository: "app-capsule" }, { env });
    await capsules.pushBlob(blob("{}"));
    await capsules.pushManifest(imageOf("another"), { tag: `git-${world.commit}` });
    expect(await checkArtifacts([written], env)).toMatchObject([
      { code: "digest-changed", file: written.file, path: "capsule.digest" },
    ]);
  });

  it("hides nothing of its image, nor of other releases, when it may not be read", async () => {
    const world = await start(startReferrersRegistry);
    const { record: written } = await world.finish();
    world.registry.deny(/\/app-capsule\//);
    const { artifact } = written;
    const moved = { ...written, artifact: { repository: "app", ...artifact, tag: "2.0.0" } };
    const problems = await checkArtifacts([moved, moved], world.env);
    const missing = { code: "image-missing", path: "artifact.digest" };
    const unchecked = /app-capsule could not be read.* unchecked because of this: 2 /;
    expect(problems).toMatchObject([
      missing,
      missing,
      { code: "registry-unreachable", message: expect.stringMatching(unchecked) },
    ]);
  });

  it("is left out, and that is said, where the commit has no package", async () => {
    const world = await start(startReferrersRegistry, { "app/main": "" });
    const { record: written, notes } = await world.finish();
    expect(written.status).toBe("recorded");
    expect(written.capsule).toBeUndefined();
    expect(notes).toEqual([`app@1.0.0: app/deploy is not in ${world.commit}: no capsule`]);
  });

  const noCosign = whyMissing("cosign");
  const signs = [
    "is signed once, where its image is",
    ...(noCosign === undefined ? [] : [noCosign]),
  ].join(": ");
  it.skipIf(noCosign !== undefined)(signs, async () => {
    const world = await start(startReferrersRegistry);
    const component = { ...APP, attestations: { ...APP.attestations, signature: true } };
    const signing = { component, env: await cosignKey() };
    const { record: written, notes } = await world.finish(signing);
    const digest = written.capsule?.digest ?? "";
    expect(notes.at(-1)).toBe(`app@1.0.0: signed ${REGISTRY}/app-capsule@${digest}`);
    const capsules = openRemote({ registry: REGISTRY, repository: "app-capsule" }, world);
    const key = { name: "releases", key: createPublicKey(VERIFICATION.PUBLIC_KEY) };
    const { commit } = world;
    expect(await hasSignature(lookupIn(capsules), { digest, commit }, [key])).toBe(true);
    const since = world.registry.requests.length;
    await world.finish(signing);
    expect(world.registry.requests.slice(since).filter((line) => WRITES.test(line))).toEqual([]);
  });

  /** A commit, and its image with SBOM and provenance in a registry. */
  async function start(
    begin: () => Promise<TestRegistry>,
    files: Readonly<Record<string, string>> = PACKAGE,
  ): Promise<World> {
    const remote = await startRemote();
    const commit = await remote.commit("feat: start", { files });
    const served = await begin();
    registry = served;
    const env = {
      ...remote.env,
      SLIPWAY_ENDPOINTS: JSON.stringify({
        ...JSON.parse(remote.env.SLIPWAY_ENDPOINTS ?? "{}"),
        ...JSON.parse(served.env.SLIPWAY_ENDPOINTS),
      }),
      ...VERIFICATION,
    };
    const { digest } = await pushAttested(env, "app", { version: "1.0.0", commit });
    const checkout = await tempCheckout();
    const source = await remote.open();
    const finish: World["finish"] = async (more) => {
      const notes: string[] = [];
      const pending = record("1.0.0", commit, {
        artifact: { repository: "app", tag: "1.0.0" },
        status: "pending",
      });
      const finished = await finishRelease({
        root: checkout.root,
        component: more?.component ?? APP,
        pending,
        built: { artifact: { registry: REGISTRY, digest, mediaType: MANIFEST, size: 402 } },
        builder: "acr",
        source: async () => source,
        env: { ...env, ...more?.env },
        note: (line) => notes.push(line),
      });
      return { record: finished.record, notes };
    };
    return { registry: served, remote, commit, checkout, digest, env, finish };
  }
});

/** The key that signed what is attested of the image, in cosign's form. */
async function cosignKey(): Promise<Record<string, string>> {
  const cwd = await mkdtemp(join(tmpdir(), "slipway-keys-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, "plain.pem"), SIGNING_KEY, { mode: 0o600 });
  const env = { COSIGN_PASSWORD: "of this test" };
  const args = ["import-key-pair", "--key=plain.pem", "--output-key-prefix=pair"];
  await execa(findTool("cosign") ?? "", args, { cwd, env });
  return { ...env, SLIPWAY_SIGNING_KEY: join(cwd, "pair.key") };
}

function isReferrer({ artifactType }: { artifactType?: unknown }): boolean {
  return artifactType === CAPSULE_REFERRER;
}
