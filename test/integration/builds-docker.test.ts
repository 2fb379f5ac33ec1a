import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageLabels } from "../../builds/image.ts";
import type { BuildPlan, ComponentBuildPlan } from "../../config/plan-types.ts";
import { BUILDER_NAME, writeBuilderInstance } from "../../sandbox/buildkit/builder-instance.ts";
import { SOURCE_TOKEN } from "../../sandbox/git/host.ts";
import { listSampleTags } from "../../sandbox/git/samples.ts";
import { RegistryClient } from "../../sandbox/oci/registry-client.ts";
import { findBuildKit } from "../../tools/find.mjs";
import { type Fixture, startFixture } from "../sandbox/arm/fixture.ts";
import { type Engine, startEngine } from "./builds-engine.ts";
import {
  buildOfTag,
  component,
  inputsOf,
  pluginEnv,
  REGISTRY_ID,
  startPlugin,
  withTask,
} from "./builds-fixture.ts";
import { CROSS_URL, GO, pushGoImage, writeCrossRepository } from "./cross-source.ts";
import { type SandboxParts, startParts, tool } from "./sandbox-parts.ts";

const PROGRAM = join(import.meta.dirname, "builds-docker-program.ts");
const SLOW = 240_000;
const REPOSITORY = "slipwaydev/orbit-webapp";

let parts: SandboxParts;
let fixture: Fixture;
let registry: RegistryClient;
let engine: Engine;
let env: Record<string, string>;
let build: BuildPlan;
let other: BuildPlan;

/** The docker-build provider names a build's base images as its Dockerfile does. */
const foreign = findBuildKit();
const why = foreign && `the BuildKit of ${foreign.from} does not know the sandbox's base images`;

beforeAll(async () => {
  if (why !== undefined) return;
  parts = await startParts();
  fixture = await startFixture();
  fixture.runner = parts.runner;
  await withTask(fixture);
  registry = new RegistryClient(parts.registryEndpoint);
  const tags = await listSampleTags(parts.gitRoot);
  const [first, second] = tags.filter((tag) => tag.component === "orbit-webapp").map(buildOfTag);
  if (first === undefined || second === undefined) throw new Error("two versions are needed");
  build = { ...first, latest: true };
  other = second;
  const buildx = join(parts.root, "buildx");
  await writeBuilderInstance(buildx, parts.buildkitAddress);
  env = await pluginEnv(fixture, parts.registryEndpoint);
  engine = await startEngine(
    PROGRAM,
    { ...env, BUILDX_CONFIG: buildx, BUILDX_BUILDER: BUILDER_NAME },
    [{ name: "docker-build", version: "0.0.22", program: tool("pulumi-resource-docker-build") }],
  );
}, SLOW);

afterAll(async () => {
  await engine?.close();
  await fixture?.stop();
  await parts?.close();
});

describe.skipIf(why)(`a BuildKit build under a real engine${why ? `: ${why}` : ""}`, () => {
  it(
    "pushes what a run of the task would push, and is not built again for another endpoint or tag",
    async () => {
      await configure({ builds: [build] });
      const preview = await engine.pulumi(["preview"]);
      expect(preview).toMatchObject({ exitCode: 0 });
      expect(await registry.headManifest(REPOSITORY, build.version)).toBeUndefined();

      const up = await engine.pulumi(["up", "--yes", "--skip-preview"]);
      expect(up).toMatchObject({ exitCode: 0 });
      const stored = await registry.getManifest(REPOSITORY, `git-${build.commit}`);
      const { images } = await engine.outputs();
      expect(images).toEqual([
        { digest: stored.digest, size: stored.body.byteLength, mediaType: stored.mediaType },
      ]);
      expect(stored.mediaType).toBe("application/vnd.oci.image.manifest.v1+json");
      for (const tag of [build.version, "latest"]) {
        expect(await registry.headManifest(REPOSITORY, tag)).toBe(stored.digest);
      }
      expect(await labelsOf(stored.digest)).toMatchObject(imageLabels(build));
      const state = await engine.state();
      expect(state).not.toContain(SOURCE_TOKEN);

      // Another port, another newest version, another token.
      await configure({
        builds: [{ ...build, latest: false, expectedDigest: stored.digest }],
        token: "another-token",
        port: 1,
      });
      expect(await engine.preview()).toEqual({});
      expect(await engine.pulumi(["up", "--yes", "--expect-no-changes"])).toMatchObject({
        exitCode: 0,
      });
      const refresh = await engine.pulumi(["refresh", "--yes", "--expect-no-changes"]);
      expect(refresh).toMatchObject({ exitCode: 0 });
      expect(await engine.preview()).toEqual({});
    },
    SLOW,
  );

  it(
    "differs from the task's run in nothing but the digest",
    async () => {
      const stored = await registry.getManifest(REPOSITORY, `git-${build.commit}`);
      await deleteImage(stored.digest);
      const plugin = await startPlugin(env);
      const { outs } = await plugin.create(inputsOf(build)).finally(() => plugin.kill());
      expect(outs).toMatchObject({ adopted: false, mediaType: stored.mediaType });
      expect(await labelsOf(String(outs.digest))).toMatchObject(imageLabels(build));
    },
    SLOW,
  );

  it(
    "is another resource for another commit, and deletes no image",
    async () => {
      const release = "orbit-webapp@9.9.9";
      const moved = {
        ...build,
        release,
        version: "9.9.9",
        commit: other.commit,
        context: other.context,
      };
      await configure({ builds: [moved] });
      expect(await engine.preview()).toEqual({
        [`orbit-webapp@9.9.9-${moved.commit.slice(0, 12)}`]: "create",
        [`${build.release}-${build.commit.slice(0, 12)}`]: "delete",
      });
      expect(await engine.pulumi(["up", "--yes", "--skip-preview"])).toMatchObject({ exitCode: 0 });
      expect(await registry.headManifest(REPOSITORY, `git-${build.commit}`)).toBeDefined();
      const stored = await registry.headManifest(REPOSITORY, `git-${other.commit}`);
      expect(await labelsOf(stored ?? "")).toMatchObject(imageLabels(moved));
      expect(await engine.pulumi(["destroy", "--yes"])).toMatchObject({ exitCode: 0 });
      expect(await registry.headManifest(REPOSITORY, `git-${other.commit}`)).toBe(stored);
    },
    SLOW,
  );

  it.runIf(GO !== undefined)(
    "is one index of what was compiled for each platform of the catalogue",
    async () => {
      await pushGoImage(parts.registryEndpoint);
      const commit = await writeCrossRepository(parts.gitRoot);
      const crossed = {
        ...build,
        release: "crossed@1.0.0",
        component: "crossed",
        version: "1.0.0",
        commit,
        source: CROSS_URL,
        context: `${CROSS_URL}#${commit}:service`,
      };
      const platforms = ["linux/amd64", "linux/arm64"];
      const named = { component: "crossed", image: "crossed", platforms };
      await configure({ builds: [crossed], component: { ...component, ...named } });
      expect(await engine.pulumi(["up", "--yes", "--skip-preview"])).toMatchObject({ exitCode: 0 });
      const stored = await registry.getManifest("slipwaydev/crossed", `git-${commit}`);
      const { images } = await engine.outputs();
      expect(images).toEqual([
        {
          digest: stored.digest,
          size: stored.body.byteLength,
          mediaType: "application/vnd.oci.image.index.v1+json",
        },
      ]);
      const { manifests } = JSON.parse(stored.body.toString("utf8")) as {
        manifests: { digest: string; platform: { os: string; architecture: string } }[];
      };
      expect(manifests.map(({ platform }) => `${platform.os}/${platform.architecture}`)).toEqual(
        platforms,
      );
      // e_machine of an ELF file: 62 is x86-64, 183 is AArch64.
      const machines = manifests.map(({ digest }) =>
        elfMachine("slipwaydev/crossed", digest, "service"),
      );
      expect(await Promise.all(machines)).toEqual([62, 183]);
      for (const { digest } of manifests) {
        expect(await labelsOf(digest, "slipwaydev/crossed")).toMatchObject(imageLabels(crossed));
      }
    },
    SLOW,
  );
});

function configure(change: {
  builds: BuildPlan[];
  component?: ComponentBuildPlan;
  token?: string;
  port?: number;
}): Promise<void> {
  const registryEndpoint =
    change.port === undefined ? parts.registryEndpoint : `http://127.0.0.1:${change.port}`;
  const gitPort = change.port ?? parts.git.port;
  return engine.configure({
    component: change.component ?? component,
    builds: change.builds,
    registryId: REGISTRY_ID,
    token: change.token ?? SOURCE_TOKEN,
    endpoints: {
      "*.azurecr.io": `${registryEndpoint}/*`,
      "https://git.example.com/": `http://127.0.0.1:${gitPort}/git.example.com/`,
    },
  });
}

async function labelsOf(digest: string, image = REPOSITORY): Promise<Record<string, string>> {
  const { body } = await registry.getManifest(image, digest);
  const { config } = JSON.parse(body.toString("utf8")) as { config: { digest: string } };
  const blob = await fetch(`${parts.registryEndpoint}/v2/${image}/blobs/${config.digest}`);
  const content = (await blob.json()) as { config: { Labels: Record<string, string> } };
  return content.config.Labels;
}

/** Which machine the program of an image with one layer is for, as its own header says. */
async function elfMachine(image: string, digest: string, file: string): Promise<number> {
  const { body } = await registry.getManifest(image, digest);
  const { layers } = JSON.parse(body.toString("utf8")) as { layers: { digest: string }[] };
  expect(layers).toHaveLength(1);
  const blob = await fetch(`${parts.registryEndpoint}/v2/${image}/blobs/${layers[0]?.digest}`);
  const extract = ["--extract", "--gzip", "--to-stdout", file];
  const input = Buffer.from(await blob.arrayBuffer());
  const { stdout } = await execa("tar", extract, { input, encoding: "buffer" });
  const program = Buffer.from(stdout);
  expect(program.toString("latin1", 0, 4)).toBe("\x7fELF");
  return program.readUInt16LE(18);
}

async function deleteImage(digest: string): Promise<void> {
  const url = `${parts.registryEndpoint}/v2/${REPOSITORY}/manifests/${digest}`;
  const response = await fetch(url, { method: "DELETE" });
  if (!response.ok) throw new Error(`deleting ${digest}: ${response.status}`);
}
