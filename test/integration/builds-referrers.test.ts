import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { endpointMapFrom } from "../../builds/endpoints.ts";
import { type ImageRepository, openRepository } from "../../builds/registry-client.ts";
import { serveHttp } from "../fixtures/http.ts";
import { bothRegistries, REGISTRY, type TestRegistry } from "./registries.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const EMPTY = "application/vnd.oci.empty.v1+json";
const OCTETS = "application/octet-stream";

const { plain, kinds } = bothRegistries();

describe.each(kinds)("a repository of a registry %s", (_, registry) => {
  it("keeps blobs and manifests under their digests", async () => {
    const repository = await open(registry());
    const content = Buffer.from("hello");
    const blob = await repository.pushBlob(content, OCTETS);
    expect(blob).toEqual({ mediaType: OCTETS, digest: sha256(content), size: 5 });
    expect(Buffer.from(await repository.readBlob(blob.digest, 5))).toEqual(content);
    const made = await manifestOf(repository);
    const pushed = await repository.pushManifest(made, { mediaType: MANIFEST, tag: "1.0" });
    expect(pushed.digest).toBe(sha256(made));
    expect((await repository.resolve("1.0"))?.digest).toBe(pushed.digest);
    const again = await repository.pushManifest(made, { mediaType: MANIFEST });
    expect((await repository.resolve(again.digest))?.size).toBe(made.byteLength);
  });

  it("refuses to read a blob that is larger than was asked for", async () => {
    const repository = await open(registry());
    const { digest } = await repository.pushBlob(Buffer.from("hello"), OCTETS);
    await expect(repository.readBlob(digest, 4)).rejects.toThrow(/more than 4 bytes/);
  });

  it("lists what names a manifest as its subject", async () => {
    const repository = await open(registry(), "referred");
    const image = await manifestOf(repository, { image: "yes" });
    const { digest } = await repository.pushManifest(image, { mediaType: MANIFEST, tag: "1.0" });
    expect(await repository.referrers(digest)).toEqual([]);
    const subject = { mediaType: MANIFEST, digest, size: image.byteLength };
    const referrer = await manifestOf(repository, { "com.example.about": "it" }, subject);
    const pushed = await repository.pushReferrer(referrer);
    await repository.pushReferrer(referrer);
    expect(await repository.referrers(digest)).toEqual([
      expect.objectContaining({
        mediaType: MANIFEST,
        digest: pushed.digest,
        size: referrer.byteLength,
      }),
    ]);
    const other = await manifestOf(repository, { "com.example.about": "that" }, subject);
    const second = await repository.pushReferrer(other);
    const found = (await repository.referrers(digest)).map((entry) => entry.digest).sort();
    expect(found).toEqual([pushed.digest, second.digest].sort());
  });
});

describe("a repository", () => {
  it("keeps type and annotations of a referrer under the fallback tag, for clients without the API", async () => {
    const repository = await open(plain(), "fallback");
    const image = await manifestOf(repository);
    const { digest } = await repository.pushManifest(image, { mediaType: MANIFEST });
    const subject = { mediaType: MANIFEST, digest, size: image.byteLength };
    const annotations = { "com.example.about": "it" };
    const referrer = await manifestOf(repository, annotations, subject);
    const pushed = await repository.pushReferrer(referrer);
    const index = await repository.resolve(digest.replace(":", "-"));
    expect(JSON.parse(Buffer.from(index?.content ?? "").toString())).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        {
          mediaType: MANIFEST,
          digest: pushed.digest,
          size: referrer.byteLength,
          artifactType: "application/vnd.example.thing",
          annotations,
        },
      ],
    });
    await expect(repository.pushReferrer(image)).rejects.toThrow(/without a subject/);
  });

  it("uploads nothing that is there", async () => {
    const repository = await open(plain());
    const content = randomBytes(64);
    await repository.pushBlob(content, OCTETS);
    const before = plain().requests.length;
    await repository.pushBlob(content, OCTETS);
    expect(plain().requests.slice(before)).toEqual([
      expect.stringMatching(/^HEAD \/v2\/slipwaydev\/team\/app\/blobs\/sha256:/),
    ]);
  });

  it("uploads a blob of several chunks", async () => {
    const repository = await open(plain());
    const content = randomBytes(9 * 1024 * 1024);
    const { digest } = await repository.pushBlob(content, OCTETS);
    expect(sha256(await repository.readBlob(digest, content.byteLength))).toBe(digest);
  });

  it("follows the pages of a listing on its own registry alone", async () => {
    const entry = (digit: string) => ({
      mediaType: MANIFEST,
      digest: `sha256:${digit.repeat(64)}`,
      size: 1,
      annotations: { kept: "yes", dropped: 1 },
    });
    const asked: string[] = [];
    const origin = await serveHttp((request, response) => {
      asked.push(request.url ?? "");
      const second = request.url?.includes("page=2");
      const next = second ? "http://192.0.2.1/v2/" : `${request.url}?page=2`;
      response.setHeader("link", `<${next}>; rel="next"`);
      response.setHeader("content-type", INDEX);
      const manifests = second ? [entry("b"), { digest: "sha256:short" }] : [entry("a")];
      response.end(JSON.stringify({ manifests }));
    });
    const repository = await openAt(endpointsOf(origin), "team/app");
    const found = await repository.referrers(`sha256:${"0".repeat(64)}`);
    expect(found).toEqual([
      { ...entry("a"), annotations: { kept: "yes" } },
      { ...entry("b"), annotations: { kept: "yes" } },
    ]);
    expect(asked).toHaveLength(2);
  });

  it("throws when a listing is refused", async () => {
    const origin = await serveHttp((_, response) => response.writeHead(403).end());
    const repository = await openAt(endpointsOf(origin), "team/app");
    await expect(repository.referrers(`sha256:${"0".repeat(64)}`)).rejects.toThrow(/403/);
  });
});

function endpointsOf(origin: string): TestRegistry["endpoints"] {
  return endpointMapFrom({ SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": origin }) });
}

function open({ endpoints }: TestRegistry, repository = "team/app"): Promise<ImageRepository> {
  return openAt(endpoints, repository);
}

function openAt(endpoints: TestRegistry["endpoints"], repository: string) {
  const credential = { getToken: () => Promise.resolve(null) };
  return openRepository({ registry: REGISTRY, repository, endpoints, credential });
}

async function manifestOf(
  repository: ImageRepository,
  annotations: Record<string, string> = {},
  subject?: object,
): Promise<Buffer> {
  const empty = await repository.pushBlob(Buffer.from("{}"), EMPTY);
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType: "application/vnd.example.thing",
      config: empty,
      layers: [empty],
      ...(subject === undefined ? {} : { subject }),
      annotations,
    }),
  );
}

function sha256(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
