import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { REVISION_LABEL, VERSION_LABEL } from "../../builds/image.ts";
import { RegistryClient } from "../../sandbox/oci/registry-client.ts";
import type { Fixture } from "../sandbox/arm/fixture.ts";
import {
  buildOf,
  inputsOf,
  pushAsTask,
  pushImage,
  type RunningPlugin,
  type RunWorld,
  scheduledRuns,
  startPlugin,
  startRunWorld,
} from "./builds-fixture.ts";

let world: RunWorld;
let fixture: Fixture;
let plugin: RunningPlugin;

beforeAll(async () => {
  world = await startRunWorld();
  fixture = world.fixture;
});

afterAll(() => world?.close());

beforeEach(async () => {
  fixture.runner = world.pusher;
  plugin = await startPlugin(world.env);
});

afterEach(async () => {
  await plugin.kill();
  await fixture.control.send("DELETE", "/_sandbox/faults");
});

describe("a run of a task", () => {
  it("schedules one run with the canonical context and no secret, and tells of its image", async () => {
    const before = scheduledRuns(fixture);
    const build = buildOf("1.0.0", { latest: true });
    const { id, outs } = await plugin.create(inputsOf(build));
    const stored = await manifest("1.0.0");
    expect(id).toBe(`slipwaydev.azurecr.io/orbit-webapp:git-${build.commit}`);
    expect(outs).toEqual({
      ...inputsOf(build),
      runId: expect.stringMatching(/^ca\d+$/),
      digest: stored.digest,
      size: stored.body.byteLength,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      adopted: false,
    });
    expect((await manifest("latest")).digest).toBe(stored.digest);
    expect(scheduledRuns(fixture)).toBe(before + 1);
    const request = fixture.runs.at(-1);
    expect(request?.contextPath).toBe(build.context);
    expect(request?.contextAccessToken).toBe("sandbox-source-token");
    expect(JSON.stringify(outs)).not.toContain("sandbox-source-token");
    expect(JSON.stringify(outs)).not.toContain("127.0.0.1");
  });

  it("adopts an image under the commit's tag, gives it the version's tag, and schedules nothing", async () => {
    const build = buildOf("1.1.0");
    const digest = await pushImage(world.endpoint, {
      tags: [`git-${build.commit}`],
      labels: { [REVISION_LABEL]: build.commit, [VERSION_LABEL]: "1.1.0" },
    });
    const before = scheduledRuns(fixture);
    const { outs } = await plugin.create(inputsOf(build));
    expect(outs).toMatchObject({ digest, adopted: true, runId: "" });
    expect(scheduledRuns(fixture)).toBe(before);
    expect((await manifest("1.1.0")).digest).toBe(digest);
  });

  it("refuses an image of another revision or version under the commit's tag", async () => {
    for (const [version, label] of [
      ["1.2.0", REVISION_LABEL],
      ["1.2.1", VERSION_LABEL],
    ] as const) {
      const build = buildOf(version);
      await pushImage(world.endpoint, {
        tags: [`git-${build.commit}`],
        labels: { [REVISION_LABEL]: build.commit, [VERSION_LABEL]: version, [label]: "another" },
      });
      const before = scheduledRuns(fixture);
      await expect(plugin.create(inputsOf(build))).rejects.toThrow(
        `is labelled ${label}=another, expected`,
      );
      expect(scheduledRuns(fixture)).toBe(before);
    }
  });

  it("refuses a version's tag that names another image than the commit's", async () => {
    const build = buildOf("1.3.0");
    const labels = { [REVISION_LABEL]: build.commit, [VERSION_LABEL]: "1.3.0" };
    const first = await pushImage(world.endpoint, { tags: [`git-${build.commit}`], labels });
    const second = await pushImage(world.endpoint, {
      tags: ["1.3.0"],
      labels: { ...labels, other: "1" },
    });
    await expect(plugin.create(inputsOf(build))).rejects.toThrow(new RegExp(`${second}.*${first}`));
  });

  it("reads the digest from the registry when the run lists no image", async () => {
    fixture.runner = {
      run: async (request) => ({
        ...(await pushAsTask(world.endpoint, request)),
        outputImages: [],
      }),
    };
    const build = buildOf("1.4.0");
    const { outs } = await plugin.create(inputsOf(build));
    expect(outs).toMatchObject({ digest: (await manifest("1.4.0")).digest, adopted: false });
  });

  it("names both digests when the image is not the one that the record says", async () => {
    const recorded = `sha256:${"a".repeat(64)}`;
    const build = buildOf("1.5.0", { expectedDigest: recorded });
    await expect(plugin.create(inputsOf(build))).rejects.toThrow(recorded);
    const { digest } = await manifest("1.5.0");
    // The second time the image is adopted, with the same verdict.
    await expect(plugin.create(inputsOf(build))).rejects.toThrow(digest);
    const { outs } = await plugin.create(inputsOf({ ...build, expectedDigest: digest }));
    expect(outs).toMatchObject({ digest, adopted: true });
    await expect(plugin.diff(outs, inputsOf(build))).rejects.toThrow(recorded);
    const same = inputsOf({ ...build, expectedDigest: digest, latest: true });
    expect(await plugin.diff(outs, same)).toEqual({ changes: false, replaces: [] });
  });

  it.each(["Failed", "Timeout", "Canceled"] as const)(
    "shows the end of the log when the run ends %s",
    async (status) => {
      fixture.runner = {
        run: async (_request, log) => {
          for (let line = 1; line <= 60; line++)
            log(`\u001b[32mline ${line} of the build\u001b[0m\n`);
          return { status, outputImages: [], errorMessage: "failed to run step ID: build" };
        },
      };
      const build = buildOf(`1.6.0-${status.toLowerCase()}`);
      const error: Error = await plugin.create(inputsOf(build)).then(
        () => expect.fail("it succeeded"),
        (reason) => reason,
      );
      const message = error.message.split("\n");
      expect(message[0]).toMatch(
        new RegExp(
          `orbit-webapp@${build.version}: run ca\\d+ of task orbit-webapp ended ${status}`,
        ),
      );
      expect(message.slice(1)).toEqual(
        Array.from({ length: 20 }, (_, index) => `  | line ${index + 41} of the build`),
      );
      expect(error.message).not.toMatch(/sig=|_logs/);
    },
  );

  it("reports a run that pushed nothing", async () => {
    fixture.runner = { run: async () => ({ status: "Succeeded", outputImages: [] }) };
    await expect(plugin.create(inputsOf(buildOf("1.7.0")))).rejects.toThrow(
      "is not in the registry",
    );
  });

  it("reads as it was, and as gone once its tag is gone", async () => {
    const build = buildOf("1.8.0");
    const { id, outs } = await plugin.create(inputsOf(build));
    expect(await plugin.read(id, outs)).toEqual({ id, outs });
    await deleteTag(`git-${build.commit}`);
    expect((await plugin.read(id, outs)).id).toBe("");
  });

  it("reads another image under its tag as one that was found", async () => {
    const build = buildOf("1.9.0");
    const { id, outs } = await plugin.create(inputsOf(build));
    const digest = await pushImage(world.endpoint, {
      tags: [`git-${build.commit}`],
      labels: { [REVISION_LABEL]: build.commit, [VERSION_LABEL]: "1.9.0", other: "yes" },
    });
    expect(digest).not.toBe(outs.digest);
    const read = await plugin.read(id, outs);
    expect(read.outs).toMatchObject({ digest, runId: "", adopted: true });
  });
});

async function manifest(reference: string) {
  return new RegistryClient(world.endpoint).getManifest("slipwaydev/orbit-webapp", reference);
}

async function deleteTag(tag: string): Promise<void> {
  const url = `${world.endpoint}/v2/slipwaydev/orbit-webapp/manifests/${tag}`;
  const response = await fetch(url, { method: "DELETE" });
  if (!response.ok) throw new Error(`deleting ${tag}: ${response.status}`);
}
