import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskRunRequest, TaskRunResult } from "../../sandbox/contract.ts";
import { git } from "../../sandbox/git/git-process.ts";
import { CUSTOMER_TOKEN, SOURCE_TOKEN } from "../../sandbox/git/host.ts";
import { listSampleTags, type SampleTag } from "../../sandbox/git/samples.ts";
import { RegistryClient } from "../../sandbox/oci/registry-client.ts";
import { findBuildKit } from "../../tools/find.mjs";
import { type SandboxParts, startParts } from "./sandbox-parts.ts";

const PLATFORM = "https://git.example.com/platform/platform.git";
const SLOW = 180_000;

let parts: SandboxParts;
let registry: RegistryClient;
let tags: SampleTag[];

beforeAll(async () => {
  parts = await startParts();
  registry = new RegistryClient(parts.registryEndpoint);
  tags = await listSampleTags(parts.gitRoot);
});

afterAll(() => parts.close());

function sample(component: string, version: string): SampleTag {
  const found = tags.find((tag) => tag.component === component && tag.version === version);
  if (found === undefined) throw new Error(`no sample ${component} ${version}`);
  return found;
}

async function run(
  request: Partial<TaskRunRequest>,
  signal: AbortSignal = new AbortController().signal,
  onLog: (log: string) => void = () => {},
): Promise<TaskRunResult & { log: string }> {
  let log = "";
  const result = await parts.runner.run(
    {
      runId: "ca1",
      loginServer: "slipwaydev.azurecr.io",
      taskYaml: "",
      contextPath: undefined,
      contextAccessToken: SOURCE_TOKEN,
      values: [],
      platform: { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" },
      timeoutSeconds: 120,
      ...request,
    },
    (chunk) => {
      log += chunk;
      onLog(log);
    },
    signal,
  );
  return { ...result, log };
}

/** Commits a Dockerfile to a branch of the sample repository and returns the context for it. */
async function contextOf(dockerfile: string): Promise<string> {
  const directory = `${parts.gitRoot}/git.example.com/platform/platform.git`;
  const blob = await git(["-C", directory, "hash-object", "-w", "--stdin"], dockerfile);
  const tree = await git(["-C", directory, "mktree"], `100644 blob ${blob}\tDockerfile\n`);
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  const commit = await git(["-C", directory, ...identity, "commit-tree", tree, "-m", "test"]);
  await git(["-C", directory, "update-ref", `refs/heads/test-${commit}`, commit]);
  return `${PLATFORM}#${commit}`;
}

/** A run of one command; it has begun when the command's first output is in the log. */
async function begin(command: string, repository?: string) {
  const contextPath = await contextOf(`FROM node:20-slim\nRUN echo it runs && ${command}\n`);
  const image = `$Registry/${repository}:1`;
  const taskYaml =
    repository === undefined ? task(".", [], 900) : task(`-t ${image} .`, [image], 900);
  const controller = new AbortController();
  let began = () => {};
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  const ended = run({ taskYaml, contextPath, timeoutSeconds: 900 }, controller.signal, (log) => {
    if (/ it runs$/m.test(log)) began();
  });
  return { begun, ended, cancel: () => controller.abort() };
}

function task(build: string, push: string[], timeout = 60): string {
  const step = push.length === 0 ? "" : `  - push: ${JSON.stringify(push)}\n`;
  return `version: v1.1.0\nsteps:\n  - build: ${build}\n    timeout: ${timeout}\n${step}`;
}

describe("task runner", () => {
  it("builds a tag's commit and pushes every tag with labels", { timeout: SLOW }, async () => {
    const { commit, version, path } = sample("orbit-webapp", "1.4.1");
    const names = [version, `git-${commit}`, "latest"].map(
      (tag) => `$Registry/orbit-webapp:${tag}`,
    );
    const labels = `--label org.opencontainers.image.version={{.Values.version}} --label org.opencontainers.image.revision=${commit} --label note=a,b`;
    const result = await run({
      taskYaml: task(`-f Dockerfile ${names.map((n) => `-t ${n}`).join(" ")} ${labels} .`, names),
      contextPath: `${PLATFORM}#${commit}:${path}`,
      values: [{ name: "version", value: version, isSecret: false }],
    });
    expect(result).toMatchObject({ status: "Succeeded" });
    const digest = await registry.headManifest("slipwaydev/orbit-webapp", version);
    expect(result.outputImages).toEqual(
      [version, `git-${commit}`, "latest"].map((tag) => ({
        registry: "slipwaydev.azurecr.io",
        repository: "orbit-webapp",
        tag,
        digest,
      })),
    );
    expect(await registry.headManifest("slipwaydev/orbit-webapp", "latest")).toBe(digest);
    const manifest = await registry.getManifest("slipwaydev/orbit-webapp", `git-${commit}`);
    expect(manifest.mediaType).toBe("application/vnd.oci.image.manifest.v1+json");
    const { config } = JSON.parse(manifest.body.toString());
    const blob = `${parts.registryEndpoint}/v2/slipwaydev/orbit-webapp/blobs/${config.digest}`;
    const image = (await (await fetch(blob)).json()) as { config: { Labels: object } };
    expect(image.config.Labels).toEqual({
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.revision": commit,
      note: "a,b",
    });
    expect(result.log).toContain(`${PLATFORM}#${commit}:${path}`);
    expect(result.log).toContain(`${version}: digest: ${digest} size: ${manifest.body.length}`);
    expect(result.log).not.toContain(`127.0.0.1:${parts.git.port}`);
    // A BuildKit that is not the sandbox's pulls its base images from there, and says so.
    if (findBuildKit() === undefined) expect(result.log).not.toContain("127.0.0.1");
    expect(result.log).not.toContain(SOURCE_TOKEN);
  });

  it("pushes only the tags that a push step lists", { timeout: SLOW }, async () => {
    const { commit, path } = sample("registry-service", "2026.06.0");
    const result = await run({
      taskYaml: task("-t $Registry/kept:1 -t $Registry/kept:2 -t $Registry/other/kept:3 .", [
        "$Registry/kept:1",
        "$Registry/other/kept:3",
      ]),
      contextPath: `https://git.example.com/platform/registry-service.git#${commit}:${path}`,
    });
    expect(result.outputImages.map(({ repository, tag }) => `${repository}:${tag}`)).toEqual([
      "kept:1",
      "other/kept:3",
    ]);
    expect(await registry.headManifest("slipwaydev/kept", "2")).toBeUndefined();
    const other = await registry.headManifest("slipwaydev/other/kept", "3");
    expect(other).toBe(await registry.headManifest("slipwaydev/kept", "1"));
  });

  it.each([
    ["no token", undefined],
    ["the wrong token", CUSTOMER_TOKEN],
  ])("fails when the git host is given %s", { timeout: SLOW }, async (_, token) => {
    const { commit, path } = sample("aurora-webapp", "3.0.0");
    const result = await run({
      taskYaml: task("-t $Registry/private:1 .", ["$Registry/private:1"]),
      contextPath: `${PLATFORM}#${commit}:${path}`,
      contextAccessToken: token,
    });
    expect(result.status).toBe("Failed");
    expect(result.log).toMatch(/authentication required|Authentication failed|could not read/i);
    expect(result.log).not.toContain(CUSTOMER_TOKEN);
    expect(await registry.headManifest("slipwaydev/private", "1")).toBeUndefined();
  });

  it("ends the log of a failed build with what the build said", { timeout: SLOW }, async () => {
    const result = await run({
      taskYaml: task("-t $Registry/broken:1 .", ["$Registry/broken:1"]),
      contextPath: await contextOf("FROM node:20-slim\nRUN echo the last words && exit 7\n"),
    });
    expect(result.status).toBe("Failed");
    expect(result.errorMessage).toMatch(/the build failed with exit status 1/);
    const lastLines = result.log.trimEnd().split("\n").slice(-14).join("\n");
    expect(lastLines).toContain("the last words");
    expect(lastLines).toMatch(/exit code: 7/);
    expect(await registry.headManifest("slipwaydev/broken", "1")).toBeUndefined();
  });

  it("masks a secret value that a build prints", { timeout: SLOW }, async () => {
    const result = await run({
      taskYaml: task("--build-arg WORD={{.Values.word}} .", []),
      contextPath: await contextOf('FROM node:20-slim\nARG WORD\nRUN echo "it is $WORD"\n'),
      values: [{ name: "word", value: "swordfish", isSecret: true }],
    });
    expect(result.log).toContain("it is ***");
    expect(result.log).not.toContain("swordfish");
  });

  it("reports a step that runs too long as a timeout", { timeout: SLOW }, async () => {
    const result = await run({
      taskYaml: task(".", [], 2),
      contextPath: await contextOf("FROM node:20-slim\nRUN sleep 600\n"),
    });
    expect(result.status).toBe("Timeout");
  });

  it("reports a run that is stopped as canceled", { timeout: SLOW }, async () => {
    const { begun, ended, cancel } = await begin("sleep 601");
    await begun;
    cancel();
    expect((await ended).status).toBe("Canceled");
  });

  it("runs two at a time, and cancels one that waits at once", { timeout: SLOW }, async () => {
    const order: string[] = [];
    const [first, second] = [await begin("sleep 602"), await begin("sleep 603")];
    void first.ended.then(() => order.push("first ends"));
    // Both are at work: neither ends by itself.
    await Promise.all([first.begun, second.begun]);
    const third = await begin("echo third");
    const fourth = await begin("echo fourth");
    void third.begun.then(() => order.push("third begins"));
    fourth.cancel();
    expect(await fourth.ended).toMatchObject({ status: "Canceled", log: "" });
    expect(order).toEqual([]);
    first.cancel();
    expect((await third.ended).status).toBe("Succeeded");
    expect(order).toEqual(["first ends", "third begins"]);
    second.cancel();
    expect((await second.ended).status).toBe("Canceled");
  });

  it("pushes to one repository one after the other", { timeout: SLOW }, async () => {
    const order: string[] = [];
    const first = await begin("sleep 604", "queued");
    await first.begun;
    const [second, beside] = [await begin("echo 2", "queued"), await begin("echo 3", "beside")];
    void second.begun.then(() => order.push("second begins"));
    expect((await beside.ended).status).toBe("Succeeded");
    expect(order).toEqual([]);
    first.cancel();
    expect((await second.ended).status).toBe("Succeeded");
    expect(order).toEqual(["second begins"]);
  });

  it.each([
    [
      "pushes what was not built",
      task("-t $Registry/a:1 .", ["$Registry/b:1"]),
      /does not exist locally/,
    ],
    ["tags for another registry", task("-t other.azurecr.io/a:1 .", []), /logged in to slipwaydev/],
    ["is mis-read by ACR", task("-t $Registry/a:1 --no-cache .", []), /ACR would take/],
    ["is no YAML", "steps: [", /not YAML/],
  ])("fails a task that %s", { timeout: SLOW }, async (_, taskYaml, reason) => {
    const { commit, path } = sample("orbit-webapp", "1.3.0");
    const result = await run({ taskYaml, contextPath: `${PLATFORM}#${commit}:${path}` });
    expect(result.status).toBe("Failed");
    expect(result.errorMessage).toMatch(reason);
    expect(result.log).toMatch(reason);
    expect(result.outputImages).toEqual([]);
  });
});
