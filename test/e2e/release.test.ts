/** Releases of containers, cut by one command each on a real engine, registry and git host. */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { ReleaseDocument } from "../../cli/release/index.ts";
import { whyMissing } from "../../tools/find.mjs";
import { describeKills } from "./release/kills.ts";
import { describeNext } from "./release/next.ts";
import { describeRefusals } from "./release/refusals.ts";
import { describeTogether } from "./release/together.ts";
import { client, ORBIT, type ReleaseWorld, standing, startReleaseWorld } from "./release/world.ts";

const MINUTES = 60_000;

interface WrittenRecord {
  released_at: string;
  source: { tag: string; commit: string };
  artifact: { registry: string; repository: string; tag: string; digest: string };
  attestations: Record<string, string>;
}

const missing = ["crane", "cosign", "syft"].flatMap((name) => whyMissing(name) ?? []);
const title = ["slipway release", ...missing].join(": ");

describe.skipIf(missing.length > 0)(title, { timeout: 4 * MINUTES }, () => {
  let world: ReleaseWorld;
  let first: ReleaseDocument;

  beforeAll(async () => {
    world = await startReleaseWorld();
  }, 4 * MINUTES);
  afterAll(() => world?.stop());

  it("tags, builds, attests and records a commit", async () => {
    const { source } = world;
    const commit = await source.commit("feat(orbit-webapp): draw", { [`${ORBIT}/draw`]: "1" });
    const before = world.files();
    first = await world.release("orbit-webapp@1.5.0");
    const file = "releases/orbit-webapp/v1.5.0/release.yaml";
    expect(first).toMatchObject({ version: "1.5.0", commit, record: file, built: true });
    const after = world.files();
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([file]);
    const record = recordOf("1.5.0");
    expect(record).toMatchObject({
      source: { tag: "orbit-webapp/v1.5.0", commit },
      artifact: { registry: "slipwaydev.azurecr.io", repository: "orbit-webapp", tag: "1.5.0" },
    });
    expect(record.artifact.digest).toBe(first.digest);
    expect(Object.keys(record.attestations)).toEqual(["sbom", "provenance", "signature"]);
    const tag = "refs/tags/orbit-webapp/v1.5.0";
    const format = "--format=%(objecttype) %(*objectname) %(contents:subject)";
    expect(await source.git("for-each-ref", format, tag)).toBe(`tag ${commit} orbit-webapp 1.5.0`);
    const day = "--format=%(taggerdate:format:%Y-%m-%d)";
    expect(await source.git("for-each-ref", day, tag)).toBe(record.released_at);
  });

  it("takes the version that its pre-release announced", async () => {
    const commit = await world.source.commit("feat(orbit-webapp): write", {
      [`${ORBIT}/write`]: "2",
    });
    const second = await world.release("orbit-webapp", "--next");
    expect(second).toMatchObject({ version: "2.0.0", commit, built: true });
    expect(second.digest).not.toBe(first.digest);
  });

  it.each(["1.5.0", "2.0.0"])("makes %s an image that crane and cosign know", async (version) => {
    const { artifact, source } = recordOf(version);
    const image = `${world.images}/orbit-webapp`;
    for (const tag of [version, `git-${source.commit}`]) {
      expect(await client(world, "crane", "digest", `${image}:${tag}`)).toBe(artifact.digest);
    }
    const pinned = `${image}@${artifact.digest}`;
    const key = `--key=${world.env.SLIPWAY_VERIFICATION_KEY}`;
    const offline = ["--insecure-ignore-tlog", "--allow-http-registry", key];
    await client(world, "cosign", "verify", ...offline, pinned);
    for (const type of ["spdxjson", "slsaprovenance1"]) {
      await client(world, "cosign", "verify-attestation", ...offline, `--type=${type}`, pinned);
    }
  });

  it.skipIf(whyMissing("skopeo") !== undefined)("labels images so that skopeo tells", async () => {
    const { artifact, source } = recordOf("2.0.0");
    const pinned = `docker://${world.images}/orbit-webapp@${artifact.digest}`;
    const { Labels: labels }: { Labels: Record<string, string> } = JSON.parse(
      await client(world, "skopeo", "inspect", "--tls-verify=false", pinned),
    );
    expect(labels).toMatchObject({
      "org.opencontainers.image.revision": source.commit,
      "org.opencontainers.image.version": "2.0.0",
    });
  });

  it("changes nothing when it is released, and pushes nothing", async () => {
    const before = await standing(world);
    const again = await world.release("orbit-webapp@1.5.0");
    expect(again).toEqual({ ...first, built: false });
    expect(await standing(world, before.since)).toEqual(before);
  });

  it("writes a lost record again, byte for byte, and pushes nothing", async () => {
    const before = await standing(world);
    rmSync(world.checkout.path("releases/orbit-webapp/v1.5.0"), { recursive: true });
    const again = await world.release("orbit-webapp@1.5.0");
    expect(again).toEqual({ ...first, built: false });
    expect(await standing(world, before.since)).toEqual(before);
    expect(world.registry.requests.length).toBeGreaterThan(before.since.requests);
  });

  describeNext(() => world);
  describeRefusals(() => world);
  describeTogether(() => world);
  describeKills(() => world);

  function recordOf(version: string): WrittenRecord {
    return parse(world.checkout.read(`releases/orbit-webapp/v${version}/release.yaml`));
  }
});
