import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../builds/digest.ts";
import { CAPSULE_ANNOTATION, CAPSULE_REFERRER } from "../../builds/media-types.ts";
import { openCapsule } from "../../capsule/open.ts";
import {
  openRemote,
  parseReference,
  pushCapsule,
  registrySource,
  sourceOf,
} from "../../capsule/registry/index.ts";
import { type About, COMMIT, capsuleOf, hostOf, pushImage } from "./capsule-fixture.ts";
import { bothRegistries, REGISTRY } from "./registries.ts";

const TAG = `git-${COMMIT}`;
/** No login. */
const HOME = "/nonexistent";

const { plain, kinds } = bothRegistries();

describe.each(kinds)("a capsule in a registry %s", (_, registry) => {
  const environment = () => ({ HOME, ...registry().env });
  const push = async (about: About) => {
    const capsule = await capsuleOf(about);
    const source = sourceOf(capsule, "memory");
    return { capsule, pushed: await pushCapsule({ source, env: environment() }) };
  };

  it("is read as it was pushed, by tag and by digest", async () => {
    const image = `${REGISTRY}/team/read`;
    const { capsule, pushed } = await push({ image });
    expect(pushed).toEqual({
      ref: `${image}-capsule@${capsule.digest}`,
      registry: REGISTRY,
      repository: "team/read-capsule",
      tag: TAG,
      digest: capsule.digest,
      pushed: true,
    });
    for (const version of [`:${TAG}`, `@${capsule.digest}`]) {
      const source = await registrySource(parseReference(`${image}-capsule${version}`), {
        env: environment(),
      });
      expect(source.name).toBe(pushed.ref);
      expect(source.tag).toBe(version.startsWith(":") ? TAG : undefined);
      expect((await openCapsule(source)).release.image.ref).toBe(`${image}:${TAG}`);
      const { content } = await source.manifest();
      expect(Buffer.from(content)).toEqual(Buffer.from(capsule.manifest));
    }
  });

  it("is written once, however often it is pushed", async () => {
    const image = `${REGISTRY}/team/once`;
    const digest = await pushImage("team/once", environment());
    const first = await push({ image, digest });
    const before = registry().requests.length;
    const second = await push({ image, digest });
    expect(second.pushed).toEqual({ ...first.pushed, pushed: false });
    const methods = registry()
      .requests.slice(before)
      .map((line) => line.split(" ")[0]);
    expect([...new Set(methods)].sort()).toEqual(["GET", "HEAD"]);
  });

  it("keeps its tag when another capsule of the commit is pushed", async () => {
    const image = `${REGISTRY}/team/taken`;
    const { capsule } = await push({ image });
    const before = registry().requests.length;
    await expect(push({ image, version: "1.5.1" })).rejects.toMatchObject({ code: "tag-taken" });
    expect(registry().requests.slice(before)).toEqual([
      `GET /v2/slipwaydev/team/taken-capsule/manifests/${TAG}`,
    ]);
    const source = await registrySource(parseReference(`${image}-capsule:${TAG}`), {
      env: environment(),
    });
    expect((await source.manifest()).digest).toBe(capsule.digest);
  });

  it("is named by a referrer of its image", async () => {
    const repository = "team/named";
    const env = environment();
    const digest = await pushImage(repository, env);
    const { capsule, pushed } = await push({ image: `${REGISTRY}/${repository}`, digest });
    const images = openRemote({ registry: REGISTRY, repository }, { env });
    const found = await images.referrers(digest);
    expect(found.map((entry) => entry.digest)).toEqual([pushed.referrer]);
    const referrer = await images.resolve(pushed.referrer ?? "");
    expect(JSON.parse(Buffer.from(referrer?.content ?? "").toString("utf8"))).toMatchObject({
      artifactType: CAPSULE_REFERRER,
      subject: { digest },
      annotations: { [CAPSULE_ANNOTATION]: `team/named-capsule@${capsule.digest}` },
    });
  });

  it("goes out and comes in with its progress told", async () => {
    const image = `${REGISTRY}/team/large`;
    const steps: number[] = [];
    const capsule = await capsuleOf({ image, content: randomBytes(3 * 1024 * 1024) });
    const [layer] = capsule.layers;
    const size = layer?.content.byteLength ?? 0;
    await pushCapsule({
      source: sourceOf(capsule, "memory"),
      env: environment(),
      onProgress: (digest, bytes) => {
        if (digest === layer?.digest) steps.push(bytes);
      },
    });
    expect(steps.length).toBeGreaterThan(2);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(size);
    const read: number[] = [];
    const source = await registrySource(parseReference(`${image}-capsule:${TAG}`), {
      env: environment(),
      onProgress: (_digest, bytes) => read.push(bytes),
    });
    const content = await source.blob({
      mediaType: "application/octet-stream",
      digest: layer?.digest ?? "",
      size,
    });
    expect(sha256(content)).toBe(layer?.digest);
    expect(read.at(-1)).toBe(size);
  });
});

describe("a capsule", () => {
  it("reaches a registry where the endpoint map has it", async () => {
    const capsule = await capsuleOf({ image: `${REGISTRY}/mapped` });
    const env = { HOME, ...plain().env };
    const pushed = await pushCapsule({ source: sourceOf(capsule, "memory"), env });
    expect(pushed.ref).toBe(`${REGISTRY}/mapped-capsule@${capsule.digest}`);
    const there = await openRemote({
      registry: hostOf(plain()),
      repository: "slipwaydev/mapped-capsule",
    }).resolve(TAG);
    expect(there?.digest).toBe(capsule.digest);
  });

  it("gets no referrer in a registry that its image is not in", async () => {
    const capsule = await capsuleOf({ image: "images.azurecr.io/team/app" });
    const to = parseReference(`${hostOf(plain())}/elsewhere/app`);
    const pushed = await pushCapsule({ source: sourceOf(capsule, "memory"), to, env: { HOME } });
    expect(pushed.ref).toBe(`${hostOf(plain())}/elsewhere/app@${capsule.digest}`);
    expect(pushed.referrer).toBeUndefined();
  });

  it.each([":latest", `@sha256:${"a".repeat(64)}`])("is not pushed as %s", async (version) => {
    const capsule = await capsuleOf({ image: "images.azurecr.io/team/app" });
    const to = parseReference(`${hostOf(plain())}/elsewhere/app${version}`);
    const before = plain().requests.length;
    await expect(
      pushCapsule({ source: sourceOf(capsule, "memory"), to, env: { HOME } }),
    ).rejects.toMatchObject({ code: "usage" });
    expect(plain().requests.length).toBe(before);
  });

  it("is refused before anything goes out when a layer is not what its descriptor says", async () => {
    const capsule = await capsuleOf({ image: `${REGISTRY}/team/broken` });
    const source = sourceOf(capsule, "memory");
    const sbom = capsule.layers.at(-1)?.digest;
    const blob: typeof source.blob = async (descriptor) => {
      const content = await source.blob(descriptor);
      return descriptor.digest === sbom ? Buffer.from(content).fill("x") : content;
    };
    const env = { HOME, ...plain().env };
    const before = plain().requests.length;
    await expect(pushCapsule({ source: { ...source, blob }, env })).rejects.toMatchObject({
      code: "capsule-invalid",
    });
    const methods = plain()
      .requests.slice(before)
      .map((line) => line.split(" ")[0]);
    expect([...new Set(methods)]).toEqual(["GET"]);
  });
});
