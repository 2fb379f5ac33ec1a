/** What comes next, asked of the sandbox's own history. */
import { describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../../cli/errors.ts";
import type { CutDocument, NextDocument } from "../../../releasing/next/index.ts";
import { ORBIT, type ReleaseWorld } from "./world.ts";

export function describeNext(world: () => ReleaseWorld): void {
  describe("with slipway next", () => {
    it("asks for the version that the commits since the last release call for", async () => {
      const { source, json } = world();
      const none = await json<ErrorDocument>(["next", "orbit-webapp"], 1);
      expect(none.error.code).toBe("version-none");
      const commit = await source.commit("fix(orbit-webapp): dry", { [`${ORBIT}/dry`]: "1" });
      const next = await json<NextDocument>(["next", "orbit-webapp"]);
      expect(next).toMatchObject({ current: "2.0.0", next: "2.0.1", bump: "patch", commit });
      expect(next.commits.map(({ hash }) => hash)).toEqual([commit]);
    });

    it("writes a changelog of what is recorded, once", async () => {
      const { json, checkout } = world();
      const args = ["next", "orbit-webapp", "--changelog"];
      const file = "releases/orbit-webapp/CHANGELOG.md";
      expect(await json(args)).toEqual({ component: "orbit-webapp", file, outcome: "written" });
      const text = checkout.read(file);
      expect(text).toMatch(/2\.0\.0[\s\S]*write[\s\S]*1\.5\.0[\s\S]*draw/);
      expect(await json(args)).toMatchObject({ outcome: "unchanged" });
      expect(checkout.read(file)).toBe(text);
    });

    it("cuts a train at its line's newest release, once", async () => {
      const { source, json, release } = world();
      const args = ["next", "orbit-webapp", "--train", "1.5", "--cut"];
      const first = await json<CutDocument>(args);
      expect(first).toMatchObject({ branch: "release/v1.5", outcome: "created" });
      const released = await source.git("rev-parse", "orbit-webapp/v1.5.0^{commit}");
      expect(await source.git("rev-parse", "refs/heads/release/v1.5")).toBe(released);
      expect(await json<CutDocument>(args)).toMatchObject({ outcome: "exists" });
      const fix = await source.commit(
        "fix(orbit-webapp): blot",
        { [`${ORBIT}/blot`]: "1" },
        "release/v1.5",
      );
      const next = await json<NextDocument>(["next", "orbit-webapp", "--train", "1.5"]);
      expect(next).toMatchObject({ next: "1.5.1", branch: "release/v1.5", commit: fix });
      const planned = await release("orbit-webapp", "--next", "--train", "1.5", "--dry-run");
      expect(planned).toMatchObject({ version: "1.5.1", commit: fix });
    });
  });
}
