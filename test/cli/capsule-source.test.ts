import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CapsuleDocument } from "../../cli/capsule/document.ts";
import type { ErrorDocument } from "../../cli/errors.ts";
import { serveCapsule } from "../capsule/registry/server.ts";
import { COMMIT, sampleCapsule } from "../capsule/sample.ts";
import { json, slipway } from "./bin.ts";

/** Where nothing listens. */
const NOBODY = "127.0.0.1:1";
const LONG = `${NOBODY}/${"r".repeat(200)}@sha256:${"0".repeat(64)}`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-source-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("slipway capsule inspect", () => {
  it.each<[string, string, string, number]>([
    ["a reference that no folder's name is as long as", LONG, "registry-unreachable", 1],
    [
      "a reference that begins as a file that is here",
      `${NOBODY}/app:1.0`,
      "registry-unreachable",
      1,
    ],
    ["what is too long for anything", "n".repeat(300), "usage", 2],
    ["a folder of a name that is too long", `./${"n".repeat(300)}`, "file-missing", 1],
    ["links that lead in a circle", "circle", "file-missing", 1],
  ])("tells what is wrong with %s", async (_what, named, code, exitCode) => {
    await writeFile(join(folder, NOBODY), "");
    await symlink("circle", join(folder, "circle"));
    const run = await slipway(folder, "capsule", "inspect", named, "--json");
    const { error }: ErrorDocument = JSON.parse(run.stdout);
    expect({ code: error.code, exitCode: run.exitCode }).toEqual({ code, exitCode });
    expect(error.message).toContain(named.slice(0, 100));
  });

  it("asks a registry elsewhere by plain http where that is allowed, and only there", async () => {
    const capsule = await sampleCapsule();
    const server = await serveCapsule(capsule);
    try {
      // No address of the loopback network, and yet this machine.
      const named = `${server.host.replace("127.0.0.1", "0.0.0.0")}/app:git-${COMMIT}`;
      const refused = await slipway(folder, "capsule", "inspect", named);
      expect(refused.stderr).toContain("does not speak TLS");
      expect(server.requests).toEqual([]);
      const found = await json<CapsuleDocument>(folder, "capsule", "inspect", named, "--insecure");
      expect(found.digest).toBe(capsule.digest);
    } finally {
      await server.close();
    }
  });
});
