import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SOURCE_TOKEN } from "../../sandbox/git/host.ts";
import {
  resetSandbox,
  sandboxEnv,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from "../../sandbox/index.ts";
import { BASE_REPOSITORY, BASE_TAGS } from "../../sandbox/oci/base-image.ts";
import { RegistryClient } from "../../sandbox/oci/registry-client.ts";
import { identify, isAlive } from "../../sandbox/supervisor/process-identity.ts";
import type { SandboxState } from "../../sandbox/supervisor/state.ts";
import { findBuildKit } from "../../tools/find.mjs";

const run = promisify(execFile);
const SLOW = 120_000;
const INDEX = new URL("../../sandbox/index.ts", import.meta.url).href;

let root: string;

beforeAll(async () => {
  // Long enough that a socket inside it would not fit the system's limit.
  const parent = await mkdtemp(join(tmpdir(), "slipway-supervisor-"));
  root = join(parent, "a-checkout-whose-path-is-long".repeat(3));
  await mkdir(root);
  await startSandbox({ root });
}, SLOW);

afterAll(async () => {
  await resetSandbox({ root });
  await rm(join(root, ".."), { recursive: true, force: true });
}, SLOW);

function state(): SandboxState {
  return JSON.parse(readFileSync(join(root, ".sandbox/state.json"), "utf8"));
}

function everyone(of: SandboxState) {
  return [of.daemon, ...Object.values(of.children)];
}

async function answers(): Promise<Record<string, boolean>> {
  const env = await sandboxEnv({ root });
  const { endpoints } = await sandboxStatus({ root });
  const script = `fetch("https://${env.ARM_METADATA_HOSTNAME}/metadata/endpoints?api-version=2022-09-01").then(r => process.exit(r.ok ? 0 : 1))`;
  const arm = run(process.execPath, ["-e", script], { env: { ...process.env, ...env } });
  const git = `${endpoints.git}/git.example.com/platform/platform.git/info/refs?service=git-upload-pack`;
  const basic = Buffer.from(`x:${SOURCE_TOKEN}`).toString("base64");
  const token = `${env.IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=https://management.core.windows.net/`;
  const secret = { "x-identity-header": env.IDENTITY_HEADER ?? "" };
  return {
    arm: await arm.then(
      () => true,
      () => false,
    ),
    registry: (await fetch(`${endpoints.registry}/v2/`)).ok,
    git: (await fetch(git, { headers: { authorization: `Basic ${basic}` } })).ok,
    identity: (await fetch(token, { headers: secret })).ok,
  };
}

const ALL = { arm: true, registry: true, git: true, identity: true };

describe("sandbox", () => {
  it("answers in all its parts once started", { timeout: SLOW }, async () => {
    expect(await sandboxStatus({ root })).toMatchObject({
      state: "running",
      pid: state().daemon.pid,
    });
    expect(await answers()).toEqual(ALL);
    const own = findBuildKit() === undefined ? ["buildkit", "registry"] : ["registry"];
    expect(Object.keys(state().children).sort()).toEqual(own);
  });

  it("finds itself running when started again", async () => {
    const before = state();
    for (let attempt = 0; attempt < 3; attempt++) await startSandbox({ root });
    expect(state()).toEqual(before);
  });

  it("gives an environment of strings that names nothing under the user's home", async () => {
    const home = join(tmpdir(), "somebody");
    const caller = {
      HOME: home,
      PATH: "/usr/bin:/bin",
      NO_PROXY: "corp.example.com",
      ARM_CLIENT_ID: "somebody",
      ARM_CLIENT_SECRET: "their secret",
      ARM_USE_OIDC: "true",
    };
    const env = await sandboxEnv({ root }, caller);
    const { ports } = state();
    expect(Object.values(env).filter((value) => value.includes(home))).toEqual([]);
    expect(env).toMatchObject({
      ARM_METADATA_HOSTNAME: `localhost:${ports.arm}`,
      ARM_USE_MSI: "true",
      ARM_CLIENT_ID: "",
      ARM_CLIENT_SECRET: "",
      ARM_USE_OIDC: "",
      SLIPWAY_SOURCES: join(root, ".sandbox/sources"),
      SLIPWAY_BASE_IMAGES: expect.stringMatching(/^\{.*\}$/),
      SLIPWAY_SIGNING_KEY: join(root, ".sandbox/signing/cosign.key"),
      SLIPWAY_VERIFICATION_KEY: join(root, ".sandbox/signing/cosign.pub"),
      PULUMI_STACK: "dev",
      PULUMI_HOME: join(root, ".sandbox/pulumi-home"),
      PULUMI_BACKEND_URL: `file://${root}/.sandbox/pulumi-state?metadata=skip`,
      NO_PROXY: "corp.example.com,localhost,127.0.0.1",
    });
    expect(JSON.parse(env.SLIPWAY_ENDPOINTS ?? "")).toEqual({
      "*.azurecr.io": `http://127.0.0.1:${ports.registry}/*`,
      "https://git.example.com/": `http://127.0.0.1:${ports.git}/git.example.com/`,
    });
  });

  it("keeps trusting what the caller trusts, once, however often it is asked", async () => {
    const other = join(root, "corporate.pem");
    await writeFile(other, "# corporate roots\n");
    const { NODE_EXTRA_CA_CERTS: bundle = "" } = await sandboxEnv(
      { root },
      { NODE_EXTRA_CA_CERTS: other, REQUESTS_CA_BUNDLE: other },
    );
    const again = await sandboxEnv({ root }, { NODE_EXTRA_CA_CERTS: bundle });
    expect(again.REQUESTS_CA_BUNDLE).toBe(bundle);
    const text = await readFile(bundle, "utf8");
    expect(text.match(/# corporate roots/g)).toHaveLength(1);
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  });

  it("takes its children along when its daemon is killed, and starts again", {
    timeout: SLOW,
  }, async () => {
    const before = state();
    process.kill(before.daemon.pid, "SIGKILL");
    while (await isAlive(before.daemon)) await sleep(10);
    await startSandbox({ root });
    const after = state();
    expect(after.ports).toEqual(before.ports);
    for (const ended of everyone(before)) expect(await isAlive(ended)).toBe(false);
    expect(await answers()).toEqual(ALL);
  });

  it("ends a child that outlived its daemon before it starts again", {
    timeout: SLOW,
  }, async () => {
    await stopSandbox({ root });
    const leftover = spawn("sleep", ["300"], { stdio: "ignore" });
    const bystander = spawn("sleep", ["300"], { stdio: "ignore" });
    onTestFinished(() => {
      leftover.kill();
      bystander.kill();
    });
    const mine = await identify(leftover.pid ?? 0);
    const other = await identify(bystander.pid ?? 0);
    if (mine === undefined || other === undefined) throw new Error("sleep did not start");
    const gone = { pid: 2 ** 22 - 1, startTime: "none" };
    const ports = JSON.parse(await readFile(join(root, ".sandbox/ports.json"), "utf8"));
    const children = { registry: mine, buildkit: { ...other, startTime: "earlier" } };
    const dead: SandboxState = { root, daemon: gone, children, ports };
    await writeFile(join(root, ".sandbox/state.json"), JSON.stringify(dead));
    await startSandbox({ root });
    expect(await isAlive(mine)).toBe(false);
    expect(await isAlive(other)).toBe(true);
  });

  it("ends as a whole when a child ends, and says which", { timeout: SLOW }, async () => {
    const before = state();
    const registry = before.children.registry;
    if (registry === undefined) throw new Error("no registry in the state");
    process.kill(registry.pid, "SIGKILL");
    while (await isAlive(before.daemon)) await sleep(50);
    expect(await sandboxStatus({ root })).toEqual({ state: "stopped", endpoints: {} });
    expect(await readFile(join(root, ".sandbox/daemon.log"), "utf8")).toMatch(/registry ended/);
    await startSandbox({ root });
    expect(await answers()).toEqual(ALL);
  });

  it("keeps images and ports over stop and start", { timeout: SLOW }, async () => {
    const before = state();
    const client = new RegistryClient(`http://127.0.0.1:${before.ports.registry}`);
    const image = await client.headManifest(BASE_REPOSITORY, BASE_TAGS.full);
    await client.putManifest(
      BASE_REPOSITORY,
      "kept",
      await client.getManifest(BASE_REPOSITORY, BASE_TAGS.full),
    );
    expect(await stopSandbox({ root })).toEqual({ state: "stopped", endpoints: {} });
    for (const ended of everyone(before)) expect(await isAlive(ended)).toBe(false);
    expect((await stopSandbox({ root })).state).toBe("stopped");
    await expect(sandboxEnv({ root })).rejects.toThrow(/does not run: start it with/);
    await startSandbox({ root });
    expect(state().ports).toEqual(before.ports);
    expect(await client.headManifest(BASE_REPOSITORY, "kept")).toBe(image);
  });

  it("starts one daemon when three processes start it at once", { timeout: SLOW }, async () => {
    await stopSandbox({ root });
    const daemonLog = join(root, ".sandbox/daemon.log");
    const readyBefore = (await readFile(daemonLog, "utf8")).match(/ready, ARM at/g)?.length ?? 0;
    const script = `const { startSandbox } = await import(${JSON.stringify(INDEX)}); console.log((await startSandbox({ root: process.argv[1] })).pid);`;
    const args = ["--import", "tsx", "--input-type=module", "-e", script, root];
    const starts = await Promise.all([1, 2, 3].map(() => run(process.execPath, args)));
    const pids = starts.map(({ stdout }) => stdout.trim());
    expect(new Set(pids)).toEqual(new Set([String(state().daemon.pid)]));
    const log = await readFile(daemonLog, "utf8");
    expect(log.match(/ready, ARM at/g)).toHaveLength(readyBefore + 1);
  });

  it("refuses to start when its port is taken, and starts when it is free again", {
    timeout: SLOW,
  }, async () => {
    await stopSandbox({ root });
    const { git } = JSON.parse(await readFile(join(root, ".sandbox/ports.json"), "utf8"));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(git, "127.0.0.1", resolve));
    try {
      await expect(startSandbox({ root })).rejects.toThrow(
        new RegExp(`^port ${git}, the sandbox's for git, is taken by another process`),
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect((await sandboxStatus({ root })).state).toBe("stopped");
    expect((await startSandbox({ root })).state).toBe("running");
  });

  it("shows the end of the daemon's log when a part does not start", {
    timeout: SLOW,
  }, async () => {
    await stopSandbox({ root });
    const repositories = join(root, ".sandbox/git");
    await rename(repositories, `${repositories}.away`);
    await writeFile(repositories, "not a folder");
    try {
      await expect(startSandbox({ root })).rejects.toThrow(
        /did not start; the end of .*daemon\.log:\n[\s\S]*EEXIST.*\.sandbox\/git/,
      );
    } finally {
      await rm(repositories);
      await rename(`${repositories}.away`, repositories);
    }
    expect((await sandboxStatus({ root })).state).toBe("stopped");
    expect((await startSandbox({ root })).state).toBe("running");
  });

  it("does not take another checkout's copied state for its own", async () => {
    const copy = join(root, "..", "copy");
    await mkdir(join(copy, ".sandbox"), { recursive: true });
    await writeFile(join(copy, ".sandbox/state.json"), JSON.stringify(state()));
    expect(await sandboxStatus({ root: copy })).toEqual({ state: "stopped", endpoints: {} });
    await stopSandbox({ root: copy });
    expect((await sandboxStatus({ root })).state).toBe("running");
  });

  it("leaves nothing behind when reset", { timeout: SLOW }, async () => {
    const before = state();
    await resetSandbox({ root });
    for (const ended of everyone(before)) expect(await isAlive(ended)).toBe(false);
    expect(await readdir(join(root, ".sandbox"))).toEqual([]);
    expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(root);
    if (findBuildKit() !== undefined) return;
    const socket = before.ready?.buildkitAddress.replace("unix://", "") ?? "";
    // Its path is too long for the checkout's own folder, so it has one elsewhere.
    expect(socket).not.toContain(root);
    expect(existsSync(dirname(socket))).toBe(false);
  });
});
