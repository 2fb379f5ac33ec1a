import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuildResult, finishRecords } from "../../cli/up/finish.ts";
import { loadRegistry } from "../../registry/index.ts";
import { containerBuilder } from "../../releasing/kinds/container.ts";
import { applyRelease } from "../../releasing/release.ts";
import { tempCheckout } from "../fixtures/checkout.ts";
import { component } from "../releasing/next-fixture.ts";
import { type Bench, bench, plan } from "../releasing/release-fixture.ts";
import { startRemote } from "../source/remote.ts";
import {
  cosignVerify,
  hostOf,
  type KeyPair,
  makeKeys,
  predicateIn,
  pushImage,
} from "./attest-world.ts";
import { PREFIX, REGISTRY, startPlainRegistry, type TestRegistry } from "./registries.ts";

const BUILDER = "https://slipway.invalid/provenance/builder";
const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";
const WRITES = /^(PUT|POST|PATCH|DELETE) /;
const ATTESTED = component({
  image: "orbit-webapp",
  attestations: { sbom: false, provenance: true, signature: false },
});

let registry: TestRegistry;
let keys: KeyPair;

beforeAll(async () => {
  registry = await startPlainRegistry();
  keys = await makeKeys();
});

afterAll(() => Promise.all([registry.close(), keys.remove()]));

describe("the provenance of a release", () => {
  it("names the run that built its image", async () => {
    const { state, commit } = await start("1.0.0");
    let digest = "";
    state.world.builder = containerBuilder(async () => {
      digest = await plant("1.0.0", commit, ["1.0.0", `git-${commit}`]);
      return { digest, size: 402, mediaType: MEDIA_TYPE, run: { id: "ca7" } };
    });
    expect(await release(state, "1.0.0")).toMatchObject({ built: true });
    const predicate = await provenance(digest);
    expect(predicate.runDetails).toEqual({
      builder: { id: `${BUILDER}/acr/v1` },
      metadata: { invocationId: "ca7" },
    });
    expect(predicate.slipway_slsaBuildLevel.level).toBe(1);
  });

  it.each([
    ["under the commit's tag", "1.1.0", []],
    ["under both of its tags", "1.1.1", ["1.1.1"]],
  ])("says that its image was found when it was %s before", async (_, version, tags) => {
    const { state, commit } = await start(version);
    const digest = await plant(version, commit, [...tags, `git-${commit}`]);
    expect(await release(state, version)).toMatchObject({
      built: false,
      record: { artifact: { digest } },
    });
    const predicate = await provenance(digest);
    expect(predicate.runDetails).toEqual({ builder: { id: `${BUILDER}/found/v1` } });
    expect(predicate.slipway_slsaBuildLevel.level).toBe(0);
  });

  it("stays as it is when the image is found once more", async () => {
    const { state, commit } = await start("1.2.0");
    const digest = await plant("1.2.0", commit, [`git-${commit}`]);
    state.world.builder = {
      find: async () => undefined,
      build: async () => ({
        artifact: { registry: REGISTRY, digest, size: 402, mediaType: MEDIA_TYPE },
      }),
    };
    const { record } = await release(state, "1.2.0");
    state.checkout.remove(record.file);
    state.world.builder = ADOPTING;
    await plant("1.2.0", commit, ["1.2.0"]);
    const before = registry.requests.length;
    const again = await release(state, "1.2.0");
    expect(again.record.attestations).toEqual(record.attestations);
    expect(registry.requests.slice(before).filter((line) => WRITES.test(line))).toEqual([]);
    expect((await provenance(digest)).runDetails).toEqual({ builder: { id: `${BUILDER}/acr/v1` } });
  });

  it.each<[string, Pick<BuildResult, "runId">, object]>([
    ["found by up", { runId: "" }, { builder: { id: `${BUILDER}/found/v1` } }],
    [
      "built by a run of up's",
      { runId: "ca9" },
      { builder: { id: `${BUILDER}/acr/v1` }, metadata: { invocationId: "ca9" } },
    ],
  ])("says so when its image was %s", async (_, how, expected) => {
    const { root, edit } = await tempCheckout();
    const settings = "    package: { kind: kustomize, folder: deploy, path: app }\n";
    edit("releases/catalogue.yaml", settings, "");
    const releases = loadRegistry(root, () => {});
    const record = releases?.records
      .get("orbit-webapp")
      ?.find(({ version }) => version === "1.4.0");
    if (releases === undefined || record === undefined) throw new Error("no such record");
    const content = JSON.stringify(how);
    const digest = await plant(content, record.source.commit, ["1.4.0"]);
    const written = await finishRecords({
      root,
      registry: releases,
      server: REGISTRY,
      builder: "acr",
      source: () => Promise.reject(new Error("nothing is packed")),
      builds: { "orbit-webapp@1.4.0": { digest, size: 402, mediaType: MEDIA_TYPE, ...how } },
      env: { ...process.env, ...registry.env, ...keys.env },
      note: () => {},
    });
    expect(written).toEqual([record.file]);
    expect((await provenance(digest)).runDetails).toEqual(expected);
  });
});

/** For what must not build. */
const ADOPTING = containerBuilder(() => Promise.reject(new Error("built")));

async function start(version: string): Promise<{ state: Bench; commit: string }> {
  const remote = await startRemote();
  const files = { "app/Dockerfile": "FROM scratch\n" };
  const commit = await remote.commit(`feat: version ${version}`, { files });
  const env = { ...process.env, ...registry.env, ...keys.env };
  const { endpoints } = registry;
  return { state: await bench(remote, [], { builder: ADOPTING, endpoints, env }), commit };
}

async function release(state: Bench, version: string) {
  return applyRelease(await plan(state, { component: ATTESTED, version }), state.world);
}

/** An image with a release's labels, whoever pushed it. */
function plant(content: string, commit: string, tags: readonly string[]): Promise<string> {
  return pushImage(registry, content, tags, {
    "org.opencontainers.image.version": content,
    "org.opencontainers.image.revision": commit,
  });
}

interface Provenance {
  runDetails: unknown;
  slipway_slsaBuildLevel: { level: number };
}

/** The one provenance of an image, once cosign has verified it. */
async function provenance(digest: string): Promise<Provenance> {
  const reference = `${hostOf(registry)}/${PREFIX}/orbit-webapp@${digest}`;
  const key = keys.env.SLIPWAY_VERIFICATION_KEY;
  const type = ["--type", "slsaprovenance1"];
  const { stdout, ok } = await cosignVerify("verify-attestation", reference, key, ...type);
  expect(ok).toBe(true);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  return (predicateIn(stdout) as { predicate: Provenance } & Record<string, unknown>).predicate;
}
