import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { PREFIX } from "../../integration/registries.ts";
import { tool } from "../../integration/sandbox-parts.ts";
import { type KindsWorld, recordWhole, startKindsWorld } from "./world.ts";

const WRITES = /^(PUT|POST|PATCH|DELETE) /;
const LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

let world: KindsWorld;

beforeAll(async () => {
  world = await startKindsWorld({}, (checkout) => recordWhole(checkout, "orbit-webapp", "1.4.0"));
});

afterAll(() => world.close());

describe("slipway release of a Helm chart", () => {
  it("pushes two releases whose bytes helm pulls, and records them", async () => {
    const digests = new Set<string>();
    for (const [version, commit, appVersion] of [
      ["0.1.0", world.commits[1] ?? "", "1.4.0"],
      ["0.2.0", world.commits[4] ?? "", "1.4.1"],
    ] as const) {
      if (appVersion === "1.4.1") {
        await refusesUntilRecorded(version, commit);
        recordWhole(world.checkout, "orbit-webapp", appVersion);
      }
      const released = await world.release(`orbit-chart@${version}`, "--commit", commit);
      expect(released).toMatchObject({ version, commit, built: true });
      const record = world.record("orbit-chart", version);
      expect(record).toMatchObject({
        status: "recorded",
        target: "helm_chart",
        source: { tag: `orbit-chart/v${version}`, commit },
        artifact: { repository: "orbit-chart", tag: version, digest: released.digest },
      });
      expect((await world.tags())[`orbit-chart/v${version}`]).toBe(commit);

      const pulled = await pull(version);
      const manifest = await world.manifest("orbit-chart", version);
      expect(manifest?.digest).toBe(released.digest);
      expect(manifest?.content.layers).toEqual([
        { mediaType: LAYER, digest: pulled.digest, size: pulled.size },
      ]);
      expect(manifest?.content.annotations).toMatchObject({
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.source": "https://git.example.com/platform/toolkit.git",
        "org.opencontainers.image.version": version,
      });
      const shown = await helm("show", "chart", reference(), `--version=${version}`);
      expect(shown).toMatch(new RegExp(`^appVersion: ${appVersion}$`, "m"));
      expect(shown).toMatch(new RegExp(`^version: ${version}$`, "m"));
      const rendered = await helm("template", "acme", reference(), `--version=${version}`);
      expect(rendered).toContain(`image: "slipwaydev.azurecr.io/orbit-webapp:${appVersion}"`);
      digests.add(released.digest ?? "");
    }
    expect(digests.size).toBe(2);
  });

  it("changes nothing when the release is there, and finds it again when its record is lost", async () => {
    const before = world.checkout.tree();
    const file = "releases/orbit-chart/v0.1.0/release.yaml";
    for (const lost of [false, true]) {
      if (lost) world.checkout.remove(file);
      const from = world.registry.requests.length;
      expect(await world.release("orbit-chart@0.1.0")).toMatchObject({ built: false });
      expect(world.checkout.tree()).toEqual(before);
      expect(world.registry.requests.slice(from).filter((line) => WRITES.test(line))).toEqual([]);
    }
  });

  it("ends in the digest that a run would have had that was not killed", async () => {
    const [file, tag] = ["releases/orbit-chart/v0.1.0/release.yaml", "orbit-chart/v0.1.0"];
    const [before, digest] = [
      world.checkout.tree(),
      world.record("orbit-chart", "0.1.0")?.artifact,
    ];
    // As it is after a kill before the manifest was pushed: tag and blobs are there.
    const url = `${world.registry.endpoint}/v2/${PREFIX}/orbit-chart/manifests/${digest?.digest}`;
    expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
    world.checkout.remove(file);
    expect(await world.tags()).toHaveProperty([tag]);
    expect(await world.release("orbit-chart@0.1.0")).toMatchObject({
      built: true,
      digest: digest?.digest,
    });
    expect(world.checkout.tree()).toEqual(before);
  });
});

/** Its appVersion has a record, but a pending one. */
async function refusesUntilRecorded(version: string, commit: string): Promise<void> {
  const before = [await world.tags(), world.checkout.tree()];
  const problems = await world.problems(`orbit-chart@${version}`, "--commit", commit);
  expect(problems).toMatchObject([
    {
      code: "artifact-rule",
      message: expect.stringContaining("run: slipway release orbit-webapp@1.4.1"),
    },
  ]);
  expect([await world.tags(), world.checkout.tree()]).toEqual(before);
}

function reference(): string {
  return `oci://${world.reference("orbit-chart")}`;
}

async function helm(...args: string[]): Promise<string> {
  const home = join(world.gitRoot, "helm");
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  const { stdout } = await execa(tool("helm"), [...args, "--plain-http"], { env });
  return stdout;
}

async function pull(version: string): Promise<{ digest: string; size: number }> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-helm-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await helm("pull", reference(), `--version=${version}`, `--destination=${folder}`);
  expect(await readdir(folder)).toEqual([`orbit-chart-${version}.tgz`]);
  const content = await readFile(join(folder, `orbit-chart-${version}.tgz`));
  const digest = createHash("sha256").update(content).digest("hex");
  return { digest: `sha256:${digest}`, size: content.byteLength };
}
