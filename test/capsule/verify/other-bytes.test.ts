/** A registry that has other bytes than the digests name. */
import { afterEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../builds/digest.ts";
import type { Capsule } from "../../../capsule/contract.ts";
import { MANIFEST_MAX_BYTES } from "../../../capsule/read.ts";
import { openRemote, parseReference, registrySource } from "../../../capsule/registry/index.ts";
import { lookupIn, oneSigner, verifyCapsule } from "../../../capsule/verify/index.ts";
import { type Answer, serve } from "../registry/server.ts";
import { COMMIT, sampleCapsule } from "../sample.ts";
import { KEYS, refusals, verdicts } from "./world.ts";

const REPOSITORY = "orbit-webapp-capsule";
const TYPE = "application/vnd.oci.image.manifest.v1+json";
const TAG = `git-${COMMIT}`;
const ENV = { HOME: "/nonexistent" };
const PATIENCE = { idle: 2_000, least: 1, retry: 1, retryAfter: 5_000 };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe("a capsule in a registry", () => {
  it.each<[string, (capsule: Capsule) => Buffer]>([
    ["other bytes", () => Buffer.from('{"schemaVersion":2}')],
    ["a capsule that was changed", ({ manifest }) => changed(manifest)],
    ["half of it", ({ manifest }) => Buffer.from(manifest.subarray(0, 300))],
    ["nothing", () => Buffer.alloc(0)],
    ["more than any manifest has", () => Buffer.alloc(MANIFEST_MAX_BYTES + 10, " ")],
  ])(
    "is refused when its digest has %s, whether asked for by tag or by digest",
    async (_what, serves) => {
      const capsule = await sampleCapsule();
      const manifest = serves(capsule);
      for (const version of [`:${TAG}`, `@${capsule.digest}`]) {
        const verdict = await verify(capsule, version, { manifest });
        expect(refusals(verdict)).toEqual(["manifest: capsule-invalid"]);
        expect(verdict).toMatchObject({ ok: false, digest: capsule.digest });
      }
    },
  );

  it("is neither a yes nor a no when the transfer breaks", async () => {
    const capsule = await sampleCapsule();
    const manifest = Buffer.from(capsule.manifest);
    const broken = verify(capsule, `:${TAG}`, { manifest, cut: true });
    await expect(broken).rejects.toMatchObject({ code: "registry-unreachable" });
  });

  it("is neither when the registry names something else than a digest", async () => {
    const capsule = await sampleCapsule();
    const manifest = Buffer.from(capsule.manifest);
    const odd = verify(capsule, `:${TAG}`, { manifest, said: "hunter2" });
    await expect(odd).rejects.toMatchObject({ code: "registry-answer" });
  });

  it("is refused when its image has other bytes than its digest", async () => {
    const capsule = await sampleCapsule();
    const manifest = Buffer.from(capsule.manifest);
    const image = Buffer.from("{}");
    const verdict = await verify(capsule, `:${TAG}`, { manifest, image });
    expect(refusals(verdict)).toContain("image: digest-changed");
  });

  it("is refused for want of a signature when that has other bytes than its digest", async () => {
    const capsule = await sampleCapsule();
    const manifest = Buffer.from(capsule.manifest);
    const verdict = await verify(capsule, `:${TAG}`, { manifest, signature: Buffer.from("{}") });
    expect(verdicts(verdict)).toContain("manifest: passed");
    expect(refusals(verdict)).toContain("signature: signature-invalid");
  });
});

interface Served {
  /** Under the capsule's digest and tag. */
  manifest: Buffer;
  /** That the registry names for it; the capsule's unless given. */
  said?: string;
  /** Whether it ends before it is all there. */
  cut?: boolean;
  /** Under a digest that it does not have. */
  image?: Buffer;
  signature?: Buffer;
}

async function verify(capsule: Capsule, version: string, served: Served) {
  const host = await start(registryOf(capsule, served));
  const remote = (registry: string, repository: string) =>
    openRemote({ registry, repository }, { env: ENV, patience: PATIENCE });
  const source = await registrySource(parseReference(`${host}/${REPOSITORY}${version}`), {
    env: ENV,
    patience: PATIENCE,
  });
  return verifyCapsule(source, {
    home: {
      registry: host,
      repository: REPOSITORY,
      lookup: lookupIn(remote(host, REPOSITORY)),
    },
    openImages: async (_registry, repository) => lookupIn(remote(host, repository)),
    signers: oneSigner("releases", async () => KEYS.publicKey),
    policy: "a policy",
  });
}

function registryOf(capsule: Capsule, served: Served): Answer {
  const blobs = new Map([capsule.config, ...capsule.layers].map((each) => [each.digest, each]));
  const stored = [
    {
      at: new RegExp(`${REPOSITORY}/manifests/(${TAG}|${capsule.digest})$`),
      digest: served.said ?? capsule.digest,
      content: served.manifest,
    },
    { at: /orbit-webapp\/manifests\//, digest: `sha256:${"d".repeat(64)}`, content: served.image },
    {
      at: /manifests\/.*\.sig$/,
      digest: sha256(Buffer.from("signature")),
      content: served.signature,
    },
  ];
  return ({ url = "" }, response) => {
    const found = stored.find(({ at, content }) => content !== undefined && at.test(url));
    const blob = blobs.get(url.split("/").at(-1) ?? "");
    if (blob !== undefined) return void response.end(blob.content);
    if (found?.content === undefined) return void response.writeHead(404).end();
    const { content, digest } = found;
    response.writeHead(200, {
      "content-type": TYPE,
      "docker-content-digest": digest,
      "content-length": content.byteLength,
    });
    if (served.cut !== true) return void response.end(content);
    response.write(content.subarray(0, 100), () => response.destroy());
  };
}

function changed(manifest: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(manifest).toString("utf8").replace("1.5.0", "1.5.1"));
}

async function start(answer: Answer): Promise<string> {
  const server = await serve(answer);
  closers.push(() => server.close());
  return server.host;
}
