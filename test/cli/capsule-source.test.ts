import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CapsuleDocument } from "../../cli/capsule/document.ts";
import { serveCapsule } from "../capsule/registry/server.ts";
import { COMMIT, sampleCapsule } from "../capsule/sample.ts";
import { json, slipway } from "./bin.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-source-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("slipway capsule inspect", () => {
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
