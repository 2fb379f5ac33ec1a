import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Capsule } from "../../../capsule/contract.ts";
import { parseReference, pushCapsule, sourceOf } from "../../../capsule/registry/index.ts";
import { pull } from "../../../cli/capsule/pull.ts";
import { BIN } from "../../cli/bin.ts";
import { COMMIT, sampleCapsule } from "../sample.ts";
import { type Answer, serve, serveCapsule, type TestServer } from "./server.ts";

const TAG = `git-${COMMIT}`;
const PATIENCE = { idle: 60_000, least: 1, retry: 1, retryAfter: 1_000 };

let capsule: Capsule;
let folder: string;
let server: TestServer | undefined;

beforeEach(async () => {
  capsule = await sampleCapsule();
  folder = await mkdtemp(join(tmpdir(), "slipway-partial-"));
});

afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a pull", () => {
  it.each<[string, (content: Uint8Array) => Answer, string]>([
    [
      "half of a layer",
      (content) => (_request, response) => {
        response.writeHead(200, { "content-length": content.byteLength });
        response.write(content.subarray(0, 5), () => response.destroy());
      },
      "registry-unreachable",
    ],
    [
      "a shorter layer",
      (content) => (_request, response) => void response.end(content.subarray(0, 5)),
      "capsule-invalid",
    ],
    [
      "another layer",
      (content) => (_request, response) => void response.end(Buffer.from(content).fill("x")),
      "capsule-invalid",
    ],
    [
      "no layer",
      () => (_request, response) => void response.writeHead(404).end(),
      "registry-missing",
    ],
  ])("of a capsule with %s leaves nothing behind", async (_what, answer, code) => {
    const last = capsule.layers.at(0);
    server = await serveCapsule(capsule, (digest) =>
      digest === last?.digest ? answer(last.content) : undefined,
    );
    const work = pull({
      capsule: `${server.host}/app:${TAG}`,
      output: join(folder, "out"),
      note: () => {},
    });
    await expect(work).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toEqual([]);
  });

  it("into a folder that holds something asks for nothing", async () => {
    server = await serveCapsule(capsule);
    await writeFile(join(folder, "mine"), "mine");
    const work = pull({ capsule: `${server.host}/app:${TAG}`, output: folder, note: () => {} });
    await expect(work).rejects.toMatchObject({ code: "output-exists" });
    expect(server.requests).toEqual([]);
    expect(await readdir(folder)).toEqual(["mine"]);
  });

  it("of a whole capsule writes it", async () => {
    server = await serveCapsule(capsule);
    const output = join(folder, "out");
    const data = await pull({ capsule: `${server.host}/app:${TAG}`, output, note: () => {} });
    expect(data.digest).toBe(capsule.digest);
    expect(await readdir(folder)).toEqual(["out"]);
  });
});

it("a pull that Ctrl-C stops leaves nothing behind", async () => {
  const last = capsule.layers.at(-1);
  let begun = () => {};
  const arrived = new Promise<void>((resolve) => {
    begun = resolve;
  });
  server = await serveCapsule(capsule, (digest) =>
    digest === last?.digest
      ? (_request, response) => void response.writeHead(200).write("[", begun)
      : undefined,
  );
  const args = [BIN, "capsule", "pull", `${server.host}/app:${TAG}`, "--output", "out"];
  const run = execa(process.execPath, args, { cwd: folder, env: { HOME: folder }, reject: false });
  await arrived;
  run.kill("SIGINT");
  expect((await run).signal).toBe("SIGINT");
  expect(await readdir(folder)).toEqual([]);
});

describe("a push", () => {
  it("that a registry stops writes no manifest", async () => {
    server = await serve((request, response) => {
      if (request.method === "POST") response.writeHead(202, { location: "/upload" }).end();
      else response.writeHead(request.method === "PUT" ? 507 : 404).end();
    });
    const to = parseReference(`${server.host}/app`);
    const env = { HOME: folder };
    const work = pushCapsule({ source: sourceOf(capsule, "memory"), to, env, patience: PATIENCE });
    await expect(work).rejects.toMatchObject({ code: "registry-unreachable" });
    const writes = server.requests.filter((line) => line.startsWith("PUT"));
    expect(writes.filter((line) => line.includes("/manifests/"))).toEqual([]);
    expect(writes).toHaveLength(1);
  });
});

it("a push moves no tag that another one took while the layers went out", async () => {
  let isTaken = false;
  server = await serve((request, response) => {
    const isTag = request.url?.endsWith(`/manifests/${TAG}`) === true;
    if (request.method === "POST") response.writeHead(202, { location: "/upload" }).end();
    else if (request.method === "PUT") {
      isTaken = true;
      response.writeHead(201).end();
    } else if (isTag && isTaken) response.end('{"schemaVersion":2}');
    else response.writeHead(404).end();
  });
  const to = parseReference(`${server.host}/app`);
  const env = { HOME: folder };
  const work = pushCapsule({ source: sourceOf(capsule, "memory"), to, env, patience: PATIENCE });
  await expect(work).rejects.toMatchObject({ code: "tag-taken" });
  expect(server.requests.filter((line) => /^PUT .*manifests/.test(line))).toEqual([]);
});
