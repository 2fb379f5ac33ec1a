import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBaseImages } from "../../../sandbox/oci/base-image.ts";
import { createImageLookup } from "../../../sandbox/oci/image-lookup.ts";
import { type RunningRegistry, startRegistry } from "../../../sandbox/oci/registry.ts";
import { IMAGE_MANIFEST, RegistryClient } from "../../../sandbox/oci/registry-client.ts";
import { freePort } from "../../fixtures/ports.ts";
import { tool } from "../../integration/sandbox-parts.ts";

let root: string;
let port: number;
let registry: RunningRegistry;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-registry-"));
  port = await freePort();
  registry = await start();
});

afterAll(async () => {
  await registry.close();
  await rm(root, { recursive: true, force: true });
});

function start(): Promise<RunningRegistry> {
  return startRegistry({ program: tool("registry"), stateDir: root, port });
}

/** What the registry keeps, an upload that was begun with it, and when each was written. */
async function storedFiles(): Promise<string[]> {
  const entries = await readdir(join(root, "data"), { recursive: true });
  const written = entries.map(async (entry) => {
    const { mtimeMs } = await stat(join(root, "data", entry));
    return `${entry} ${mtimeMs}`;
  });
  return (await Promise.all(written)).sort();
}

/** A smallest image: no layer, a config of two bytes. */
async function push(repository: string, tag: string): Promise<string> {
  const client = new RegistryClient(registry.endpoint);
  const type = "application/vnd.oci.image.config.v1+json";
  const config = await client.pushBlob(repository, type, Buffer.from("{}"));
  const manifest = { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config, layers: [], tag };
  const body = Buffer.from(JSON.stringify(manifest));
  return client.putManifest(repository, tag, { mediaType: IMAGE_MANIFEST, body });
}

describe("registry", () => {
  it("finds an image by tag and by digest, and no other", async () => {
    const images = createImageLookup(registry.endpoint);
    const digest = await push("dev/api", "1.0.0");
    expect(await images.exists("dev.azurecr.io/api:1.0.0")).toBe(true);
    expect(await images.exists(`dev.azurecr.io/api@${digest}`)).toBe(true);
    expect(await images.exists("dev.azurecr.io/api:1.0.1")).toBe(false);
    expect(await images.exists(`dev.azurecr.io/api@sha256:${"0".repeat(64)}`)).toBe(false);
    expect(await images.exists(`other.azurecr.io/api@${digest}`)).toBe(false);
  });

  it("does not take a registry that is down for an image that is not there", async () => {
    const images = createImageLookup(`http://127.0.0.1:${await freePort()}`);
    await expect(images.exists("dev.azurecr.io/api:1.0.0")).rejects.toThrow();
  });

  it("keeps what was pushed when it is killed and started again", async () => {
    const digest = await push("dev/kept", "1");
    registry.process.kill("SIGKILL");
    await registry.close();
    registry = await start();
    const client = new RegistryClient(registry.endpoint);
    expect(await client.headManifest("dev/kept", "1")).toBe(digest);
    expect((await client.getManifest("dev/kept", digest)).digest).toBe(digest);
  });

  it("fails to start, naming its log, when its port is taken", async () => {
    const options = { program: tool("registry"), stateDir: join(root, "second"), port };
    await expect(startRegistry(options)).rejects.toThrow(/registry did not start, see .*second/);
  });

  it("seeds base images once, with the same digest on an empty registry", {
    timeout: 60_000,
  }, async () => {
    const first = await ensureBaseImages(registry.endpoint);
    const stored = await storedFiles();
    expect(await ensureBaseImages(registry.endpoint)).toEqual(first);
    expect(await storedFiles()).toEqual(stored);
    const empty = await startRegistry({
      program: tool("registry"),
      stateDir: join(root, "empty"),
      port: await freePort(),
    });
    try {
      expect(await ensureBaseImages(empty.endpoint)).toEqual(first);
    } finally {
      await empty.close();
    }
  });
});
