import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorld, type World } from "../e2e/world.ts";
import { commandsOf } from "./commands.ts";

let world: World;
let origin: string;

beforeAll(async () => {
  world = await startWorld();
  origin = mkdtempSync(join(tmpdir(), "slipway-origin-"));
  const { git } = world.checkout;
  await git("init", "--quiet", "--bare", origin);
  await git("remote", "add", "origin", origin);
  await git("push", "--quiet", "--set-upstream", "origin", "main");
}, 240_000);

afterAll(async () => {
  await world.stop();
  rmSync(origin, { recursive: true, force: true });
});

describe("RELEASING.md", () => {
  it("has commands that work in the order in which they stand", { timeout: 480_000 }, async () => {
    const result = await world.run("bash", ["-c", commandsOf("RELEASING.md")]);
    expect(result.exitCode, result.all).toBe(0);
    // The release is finished, pushed, and the second time only read.
    expect(result.stdout).toMatch(/^orbit-webapp@2\.0\.0 is released at [0-9a-f]{40}$/m);
    expect(result.stdout).toMatch(/is released at [0-9a-f]{40}, built before$/m);
    const record = await world.checkout.git(
      "show",
      "origin/main:releases/orbit-webapp/v2.0.0/release.yaml",
    );
    expect(record).toMatch(/digest: sha256:[0-9a-f]{64}/);
    // A decision of its own; the record is as it was pushed.
    expect(await world.checkout.git("status", "--porcelain")).toBe(
      ["?? releases/orbit-webapp/v2.0.0/yanked.yaml", "?? releases/platform/v2.yaml"].join("\n"),
    );
  });
});
