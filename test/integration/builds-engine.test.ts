import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BuildPlan } from "../../config/plan-types.ts";
import { SOURCE_TOKEN } from "../../sandbox/git/host.ts";
import { listSampleTags } from "../../sandbox/git/samples.ts";
import { RegistryClient } from "../../sandbox/oci/registry-client.ts";
import { type Fixture, startFixture } from "../sandbox/arm/fixture.ts";
import { type Engine, startEngine } from "./builds-engine.ts";
import { buildOfTag, inputsOf, pluginEnv, scheduledRuns, withTask } from "./builds-fixture.ts";
import { type SandboxParts, startParts } from "./sandbox-parts.ts";

const PROGRAM = join(import.meta.dirname, "builds-program.ts");
const SLOW = 240_000;

let parts: SandboxParts;
let fixture: Fixture;
let registry: RegistryClient;
let engine: Engine;
let builds: BuildPlan[];

beforeAll(async () => {
  parts = await startParts();
  registry = new RegistryClient(parts.registryEndpoint);
  builds = (await listSampleTags(parts.gitRoot))
    .filter(({ component }) => component === "orbit-webapp")
    .map(buildOfTag);
}, SLOW);

afterAll(() => parts.close());

/** Each test has an Azure and a state of its own; registry and builder are shared. */
beforeEach(async () => {
  fixture = await startFixture();
  fixture.runner = parts.runner;
  await withTask(fixture);
  engine = await startEngine(PROGRAM, await pluginEnv(fixture, parts.registryEndpoint));
});

afterEach(async () => {
  await engine.close();
  await fixture.stop();
});

describe("slipway:acr:Run under a real engine", () => {
  it(
    "builds each release once, from its commit, and then leaves it alone",
    async () => {
      const [first, second] = twoBuilds();
      await engine.configure({ runs: [first, second].map(inputsOf) });
      expect(await engine.preview()).toMatchObject({ [first.release]: "create" });
      expect(scheduledRuns(fixture)).toBe(0);

      const up = await engine.pulumi(["up", "--yes", "--skip-preview"]);
      expect(up).toMatchObject({ exitCode: 0 });
      const { digests } = await engine.outputs();
      expect(digests).toEqual([await digestOf(first), await digestOf(second)]);
      expect(scheduledRuns(fixture)).toBe(2);
      expect(await engine.state()).not.toContain("127.0.0.1");

      // What changes nothing about the images: another newest version, the digests recorded.
      const recorded = [
        { ...first, latest: false, expectedDigest: await digestOf(first) },
        { ...second, latest: true, expectedDigest: await digestOf(second) },
      ];
      await engine.configure({ runs: recorded.map(inputsOf) });
      expect(await engine.preview()).toEqual({});
      expect(await engine.pulumi(["up", "--yes", "--expect-no-changes"])).toMatchObject({
        exitCode: 0,
      });
      const refresh = ["refresh", "--yes", "--expect-no-changes"];
      expect(await engine.pulumi(refresh)).toMatchObject({ exitCode: 0 });

      const wrong = { ...first, expectedDigest: `sha256:${"a".repeat(64)}` };
      await engine.configure({ runs: [wrong, second].map(inputsOf) });
      const refused = await engine.pulumi(["preview"]);
      expect(refused.exitCode).not.toBe(0);
      expect(refused.output).toContain(wrong.expectedDigest);
      expect(refused.output).toContain(await digestOf(first));

      await engine.configure({ runs: [inputsOf(second)] });
      expect(await engine.preview()).toEqual({ [first.release]: "delete" });
      expect(await engine.pulumi(["destroy", "--yes"])).toMatchObject({ exitCode: 0 });
      expect(await digestOf(first)).toBe((digests as string[])[0]);
      expect(scheduledRuns(fixture)).toBe(2);
    },
    SLOW,
  );

  it(
    "shows the end of the build's log when the build fails",
    async () => {
      const [first] = twoBuilds();
      const commit = "0".repeat(40);
      const context = `${first.source}#${commit}:nowhere`;
      await engine.configure({ runs: [inputsOf({ ...first, commit, context })] });
      const up = await engine.pulumi(["up", "--yes", "--skip-preview"]);
      expect(up.exitCode).not.toBe(0);
      expect(up.output).toMatch(/orbit-webapp@\S+: run ca1 of task orbit-webapp ended Failed/);
      expect(up.output).toContain("  | ");
      expect(up.output).not.toContain(SOURCE_TOKEN);
    },
    SLOW,
  );
});

function twoBuilds(): [BuildPlan, BuildPlan] {
  const [first, second] = builds;
  if (first === undefined || second === undefined) throw new Error("two versions are needed");
  return [{ ...first, latest: true }, second];
}

async function digestOf({ commit }: BuildPlan): Promise<string> {
  const digest = await registry.headManifest("slipwaydev/orbit-webapp", `git-${commit}`);
  if (digest === undefined) throw new Error(`no image of ${commit}`);
  return digest;
}
