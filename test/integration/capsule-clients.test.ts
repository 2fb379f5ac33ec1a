/** Reads and signs a capsule with the ecosystem's own clients (D-20). */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../builds/digest.ts";
import { PACKAGE_LAYER } from "../../builds/media-types.ts";
import type { Capsule } from "../../capsule/contract.ts";
import { openLayout } from "../../capsule/layout.ts";
import {
  openRemote,
  parseReference,
  pushCapsule,
  readWhole,
  registrySource,
  sourceOf,
} from "../../capsule/registry/index.ts";
import { whyMissing } from "../../tools/find.mjs";
import { cosignVerify, type KeyPair, makeKeys } from "./attest-world.ts";
import { COMMIT, capsuleOf, hostOf } from "./capsule-fixture.ts";
import { bothRegistries, REGISTRY } from "./registries.ts";
import { tool } from "./sandbox-parts.ts";

const TAG = `git-${COMMIT}`;
/** Of a layer that Kargo takes. */
const KARGO_MAX_BYTES = 100_000_000;
const ORAS_PULL = `
import sys
import oras.client
client = oras.client.OrasClient(hostname=sys.argv[1].split("/")[0], insecure=True)
client.pull(target=sys.argv[1], outdir=sys.argv[2])
`;
const OFFLINE = ["--use-signing-config=false", "--tlog-upload=false", "--yes"];
const NO_CRANE = whyMissing("crane");
const NO_SKOPEO = whyMissing("skopeo");
const NO_ORAS = whyMissing("oras");

const { kinds } = bothRegistries();
let keys: KeyPair;
let folder: string;
let capsule: Capsule;

beforeAll(async () => {
  keys = await makeKeys();
  folder = await mkdtemp(join(tmpdir(), "slipway-clients-"));
  capsule = await capsuleOf({ image: `${REGISTRY}/orbit-webapp` });
});

afterAll(async () => {
  await keys.remove();
  await rm(folder, { recursive: true, force: true });
});

describe.each(kinds)("a capsule in a registry %s", (_, registry, second) => {
  it.skipIf(NO_CRANE)(`is read and pulled by crane${told(NO_CRANE)}`, async () => {
    const reference = await pushed("crane");
    expect(await crane("digest", reference)).toBe(capsule.digest);
    const manifest = await execa(tool("crane"), ["manifest", "--insecure", reference], {
      encoding: "buffer",
      stripFinalNewline: false,
    });
    expect(sha256(manifest.stdout)).toBe(capsule.digest);
    const layout = await temporary();
    await crane("pull", "--format=oci", reference, layout);
    const { capsule: read } = await readWhole(await openLayout(layout));
    expect(read.digest).toBe(capsule.digest);
  });

  it.skipIf(NO_CRANE)(
    `gives its package to who takes the first layer of Flux's type${told(NO_CRANE)}`,
    async () => {
      const reference = await pushed("layer");
      // As Flux's layerSelector and Kargo's oci-download go about it, both on crane's library.
      const { layers } = JSON.parse(await crane("manifest", reference));
      const layer = layers.find(
        ({ mediaType }: { mediaType: string }) => mediaType === PACKAGE_LAYER,
      );
      expect(layer).toBe(layers[0]);
      expect(layer.size).toBeLessThan(KARGO_MAX_BYTES);
      const repository = reference.slice(0, reference.lastIndexOf(":"));
      const args = ["blob", "--insecure", `${repository}@${layer.digest}`];
      const { stdout } = await execa(tool("crane"), args, { encoding: "buffer" });
      const into = await temporary();
      await execa("tar", ["-xzf", "-", "-C", into], { input: stdout });
      expect(await readdir(into)).toEqual(["package"]);
      expect(await readdir(join(into, "package"))).toEqual(["kustomization.yaml"]);
    },
  );

  it.skipIf(NO_SKOPEO)(
    `is copied to another registry and back by skopeo${told(NO_SKOPEO)}`,
    async () => {
      const reference = await pushed("skopeo");
      const there = `${hostOf(second())}/copies/capsule:${TAG}`;
      const back = `${hostOf(registry())}/copies/back:${TAG}`;
      await skopeo(reference, there);
      await skopeo(there, back);
      for (const copy of [there, back]) {
        const source = await registrySource(parseReference(copy), { env: {} });
        expect((await source.manifest()).digest).toBe(capsule.digest);
        await readWhole(source);
      }
    },
  );

  it.skipIf(NO_ORAS)(`is pulled by oras, each layer as a file${told(NO_ORAS)}`, async () => {
    const into = await temporary();
    await execa(tool("oras"), ["-c", ORAS_PULL, await pushed("oras"), into]);
    const names = ["package.tar.gz", "release.yaml"];
    names.push("metadata/provenance.intoto.jsonl", "metadata/sbom.spdx.json");
    const files = names.map(async (name) => sha256(await readFile(join(into, name))));
    expect(await Promise.all(files)).toEqual(capsule.layers.map(({ digest }) => digest));
  });

  it.each([
    ["in the bundle format", "true"],
    ["in the tag scheme", "false"],
  ])("is signed and verified by cosign %s", async (what, isBundle) => {
    const tagged = await pushed(isBundle === "true" ? "bundle" : "tagged");
    const repository = tagged.slice(0, tagged.lastIndexOf(":"));
    const reference = `${repository}@${capsule.digest}`;
    const format = `--new-bundle-format=${isBundle}`;
    const key = keys.env.SLIPWAY_SIGNING_KEY;
    const sign = ["sign", ...OFFLINE, format, "--key", key, "--allow-http-registry", reference];
    expect(await verified(reference, format)).toBe(false);
    await execa(tool("cosign"), sign, { env: { COSIGN_PASSWORD: keys.env.COSIGN_PASSWORD } });
    expect(await verified(reference, format)).toBe(true);
    expect(await verified(tagged, format)).toBe(true);
    const { resolve, referrers } = openRemote(parseReference(repository), { env: {} });
    const signature = await resolve(`${capsule.digest.replace(":", "-")}.sig`);
    expect(signature !== undefined).toBe(what.includes("tag"));
    expect((await referrers(capsule.digest)).length).toBe(what.includes("tag") ? 0 : 1);
    // What was signed did not change by it.
    expect((await resolve(TAG))?.digest).toBe(capsule.digest);
  });

  async function pushed(name: string): Promise<string> {
    const to = parseReference(`${hostOf(registry())}/clients/${name}`);
    await pushCapsule({ source: sourceOf(capsule, "memory"), to, env: {} });
    return `${hostOf(registry())}/clients/${name}:${TAG}`;
  }
});

async function verified(reference: string, format: string): Promise<boolean> {
  const key = keys.env.SLIPWAY_VERIFICATION_KEY;
  const { ok } = await cosignVerify("verify", reference, key, format, "--allow-http-registry");
  return ok;
}

async function crane(verb: string, ...args: string[]): Promise<string> {
  return (await execa(tool("crane"), [verb, "--insecure", ...args])).stdout;
}

async function skopeo(from: string, to: string): Promise<void> {
  const flags = ["--quiet", "--all", "--src-tls-verify=false", "--dest-tls-verify=false"];
  await execa(tool("skopeo"), ["copy", ...flags, `docker://${from}`, `docker://${to}`]);
}

function temporary(): Promise<string> {
  return mkdtemp(join(folder, "client-"));
}

function told(missing: string | undefined): string {
  return missing === undefined ? "" : `: ${missing}`;
}
