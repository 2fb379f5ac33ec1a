/** What keeps a release from being cut, on the real git host and registry. */
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../../cli/errors.ts";
import type { ReleaseDocument } from "../../../cli/release/index.ts";
import { PRELOAD } from "../../chaos/kill-release.ts";
import { freePort } from "../../fixtures/ports.ts";
import { AGENT, type ReleaseWorld, standing } from "./world.ts";

const RELEASE = "maxq-orbit-agent@1.0.0";

export function describeRefusals(world: () => ReleaseWorld): void {
  describe("that cannot be cut", () => {
    it("is planned by --dry-run, which changes nothing", async () => {
      const { source, json } = world();
      const commit = await source.commit("feat(maxq-orbit-agent): rest", { [`${AGENT}/a`]: "1" });
      const before = await standing(world());
      const document = await json<ReleaseDocument>(["release", RELEASE, "--dry-run"]);
      expect(document).toMatchObject({ commit, digest: null, built: false });
      expect(document.steps?.map(({ name, done }) => [name, done])).toEqual([
        ["tag", false],
        ["pending", false],
        ["build", false],
        ["record", false],
      ]);
      expect(await standing(world(), before.since)).toEqual(before);
    });

    it("says what the remote said when it refuses the tag, and leaves nothing", async () => {
      const hook = join(world().source.bare, "hooks/update");
      mkdirSync(dirname(hook), { recursive: true });
      writeFileSync(hook, "#!/bin/sh\necho 'tags are made on Mondays' >&2\nexit 1\n");
      chmodSync(hook, 0o755);
      try {
        const error = await refused("push-refused");
        expect(error).toMatch(
          /tags are made on Mondays.*; maxq-orbit-agent@1\.0\.0 has no record$/,
        );
      } finally {
        rmSync(hook);
      }
    });

    it("says that the registry is down before it does anything", async () => {
      const endpoints: Record<string, string> = JSON.parse(world().env.SLIPWAY_ENDPOINTS ?? "{}");
      endpoints["*.azurecr.io"] = `http://127.0.0.1:${await freePort()}/*`;
      const error = await refused("registry-unreachable", {
        SLIPWAY_ENDPOINTS: JSON.stringify(endpoints),
      });
      expect(error).toMatch(/ECONNREFUSED.*has no record$/);
    });

    it("wants its key before it builds what is to be signed", async () => {
      await world().source.commit("fix(orbit-webapp): sign", { "services/orbit-webapp/s": "1" });
      const error = await refused("signing-key", { SLIPWAY_SIGNING_KEY: "" }, "orbit-webapp@9.0.0");
      expect(error).toContain("SLIPWAY_SIGNING_KEY is not set");
    });
  });

  it("says that the disk is full, and what that leaves", async () => {
    const { checkout, registry, pushes, run, release } = world();
    const file = "releases/orbit-webapp/v1.5.0/release.yaml";
    const text = checkout.read(file);
    const since = registry.requests.length;
    checkout.remove(file);
    const point = { call: "rename", match: "/release\\.yaml$", skip: 0, moment: "full" };
    const full = { ...world().env, SLIPWAY_TEST_KILL: JSON.stringify(point) };
    const bin = checkout.path("cli/slipway.mjs");
    const args = [...PRELOAD, bin, "release", "orbit-webapp@1.5.0", "--json"];
    const { exitCode, stdout } = await run(process.execPath, args, full);
    expect(exitCode, stdout).toBe(1);
    const { error }: ErrorDocument = JSON.parse(stdout);
    expect(error.code).toBe("file-unwritten");
    expect(error.message).toMatch(/no space left.*; orbit-webapp@1\.5\.0 has no record$/);
    expect(readdirSync(checkout.path(dirname(file)))).toEqual([]);
    await release("orbit-webapp@1.5.0");
    expect(checkout.read(file)).toBe(text);
    expect(pushes(since)).toEqual([]);
  });

  /** @returns the message; nothing has changed anywhere */
  async function refused(
    code: string,
    env: Readonly<Record<string, string>> = {},
    release = RELEASE,
  ): Promise<string> {
    const { checkout, run } = world();
    const before = await standing(world());
    const bin = checkout.path("cli/slipway.mjs");
    const args = [bin, "release", release, "--json"];
    const { exitCode, stdout } = await run(process.execPath, args, { ...world().env, ...env });
    expect(exitCode, stdout).toBe(1);
    const { error }: ErrorDocument = JSON.parse(stdout);
    expect(error.code).toBe(code);
    expect(await standing(world(), before.since)).toEqual(before);
    return error.message;
  }
}
