import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type AttestRequest, attest } from "../../attest/index.ts";
import type { Component, ReleaseRecord } from "../../registry/index.ts";
import { packLayer } from "../../sandbox/oci/layer.ts";
import { IMAGE_MANIFEST, RegistryClient, sha256 } from "../../sandbox/oci/registry-client.ts";
import { PREFIX, REGISTRY, type TestRegistry } from "./registries.ts";
import { tool } from "./sandbox-parts.ts";

/** A key pair as `cosign generate-key-pair` makes it. */
export interface KeyPair {
  env: {
    SLIPWAY_SIGNING_KEY: string;
    SLIPWAY_VERIFICATION_KEY: string;
    COSIGN_PASSWORD: string;
  };
  remove(): Promise<void>;
}

export const PASSWORD = "correct horse";
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const IMAGE = "orbit-webapp";

export async function makeKeys(): Promise<KeyPair> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-keys-"));
  const env = { COSIGN_PASSWORD: PASSWORD };
  await execa(tool("cosign"), ["generate-key-pair"], { cwd: folder, env });
  return {
    env: {
      ...env,
      SLIPWAY_SIGNING_KEY: join(folder, "cosign.key"),
      SLIPWAY_VERIFICATION_KEY: join(folder, "cosign.pub"),
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export const component: Component = {
  name: IMAGE,
  scheme: "semver",
  kind: "container",
  repository: {
    key: "platform",
    url: "https://git.example.com/platform/platform.git",
    aliases: [],
    releaseBranch: "main",
  },
  path: "services/orbit-webapp",
  image: IMAGE,
  dockerfile: "Dockerfile",
  platforms: ["linux/amd64"],
  buildArgs: { EDITION: "full" },
  attestations: { sbom: true, provenance: true, signature: true },
  cadence: "continuous",
  contractTest: [],
};

/** A release whose image is pushed, under the tags of a release, and that is not attested yet. */
export interface Released {
  record: ReleaseRecord;
  artifact: { registry: string; digest: string };
  request: AttestRequest;
  /** As clients on this machine name it, by digest. */
  reference: string;
}

export async function release(
  registry: TestRegistry,
  keys: Partial<KeyPair["env"]>,
  version: string,
  commit = COMMIT,
): Promise<Released> {
  const digest = await pushImage(registry, version, [version, `git-${commit}`]);
  const artifact = { registry: REGISTRY, digest };
  const record: ReleaseRecord = {
    file: `releases/${IMAGE}/v${version}/release.yaml`,
    component: IMAGE,
    version,
    releasedAt: "2026-06-22",
    source: {
      repo: "platform",
      path: component.path,
      tag: `${IMAGE}/v${version}`,
      commit,
    },
    target: "container",
    artifact: { ...artifact, repository: IMAGE, tag: version },
    status: "recorded",
  };
  return {
    record,
    artifact,
    reference: `${hostOf(registry)}/${PREFIX}/${IMAGE}@${digest}`,
    request: {
      component,
      record,
      artifact,
      builder: "acr",
      env: { ...process.env, ...registry.env, ...keys },
      note: () => {},
    },
  };
}

/** An image with one npm package in it, so that an SBOM has something to say. */
export async function pushImage(
  registry: TestRegistry,
  content: string,
  tags: readonly string[],
  labels: Readonly<Record<string, string>> = { "org.opencontainers.image.revision": COMMIT },
): Promise<string> {
  const client = new RegistryClient(registry.endpoint);
  const repository = `${PREFIX}/${IMAGE}`;
  const manifest = JSON.stringify({ name: "left-pad", version: "1.3.0", description: content });
  const path = "/app/node_modules/left-pad/package.json";
  const layer = await packLayer([{ path, mode: 0o644, content: Buffer.from(manifest) }]);
  const config = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { Labels: labels },
      rootfs: { type: "layers", diff_ids: [layer.diffId] },
    }),
  );
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST,
      config: await client.pushBlob(repository, "application/vnd.oci.image.config.v1+json", config),
      layers: [
        await client.pushBlob(
          repository,
          "application/vnd.oci.image.layer.v1.tar+gzip",
          layer.blob,
        ),
      ],
    }),
  );
  for (const tag of tags) {
    await client.putManifest(repository, tag, { mediaType: IMAGE_MANIFEST, body });
  }
  return sha256(body);
}

/** Attests and gives the record as it is written then. */
export async function attested(released: Released): Promise<ReleaseRecord> {
  return { ...released.record, attestations: await attest(released.request) };
}

/** What `cosign` says: whether it verifies, and its output. */
export async function cosignVerify(
  verb: "verify" | "verify-attestation",
  reference: string,
  publicKey: string,
  ...more: string[]
): Promise<{ ok: boolean; stdout: string; stderr: string }> {
  const args = [verb, "--key", publicKey, "--insecure-ignore-tlog=true", ...more, reference];
  const { failed, stdout, stderr } = await execa(tool("cosign"), args, { reject: false });
  return { ok: !failed, stdout, stderr };
}

/** The predicate of a statement that `cosign verify-attestation` printed. */
export function predicateIn(stdout: string): Record<string, unknown> {
  const { payload } = JSON.parse(stdout.split("\n")[0] ?? "");
  return JSON.parse(Buffer.from(payload, "base64").toString("utf8"));
}

export function hostOf({ endpoint }: TestRegistry): string {
  return new URL(endpoint).host;
}

export function publicKeyOf({ env }: KeyPair): Promise<string> {
  return readFile(env.SLIPWAY_VERIFICATION_KEY, "utf8");
}
