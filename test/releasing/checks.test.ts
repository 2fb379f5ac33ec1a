import { describe, expect, it } from "vitest";
import { type Remote, startRemote } from "../source/remote.ts";
import { component } from "./next-fixture.ts";
import { bench, plan, refusals } from "./release-fixture.ts";

/** 1.4.0, then 2.0.0-rc.1, then a commit at the head. */
async function start(): Promise<{ remote: Remote; first: string; head: string }> {
  const remote = await startRemote();
  const files = { "app/Dockerfile": "FROM scratch\n" };
  const first = await remote.commit("feat: begin", { files });
  await remote.tag("app/v1.4.0", first);
  await remote.tag("app/v2.0.0-rc.1", await remote.commit("feat: more"));
  return { remote, first, head: await remote.commit("fix: more") };
}

describe("planRelease, where the commit contains a release", () => {
  it("refuses a lower version", async () => {
    const { remote, head } = await start();
    const world = await bench(remote);
    for (const version of ["1.3.9", "1.4.0-rc.1", "0.9.0"]) {
      expect(await refusals(world, { version })).toEqual([
        expect.stringContaining(`version-order: found the release 1.4.0 in what ${head} contains`),
      ]);
    }
  });

  it("goes below a pre-release, which announces what need not come", async () => {
    const { remote, head } = await start();
    expect(await plan(await bench(remote), { version: "1.5.0" })).toMatchObject({ commit: head });
  });

  it("goes below a release that is on another branch", async () => {
    const { remote, first, head } = await start();
    await remote.tag("app/v3.0.0", head);
    const train = { branch: "release/v1.4", parents: [first] };
    const fix = await remote.commit("fix: less", train);
    expect(await plan(await bench(remote), { version: "1.4.1" })).toMatchObject({ commit: fix });
  });

  it("takes a tag that is there as it is", async () => {
    const { remote, head } = await start();
    await remote.tag("app/v1.3.9", head);
    expect(await plan(await bench(remote), { version: "1.3.9" })).toMatchObject({ commit: head });
  });

  it("goes by the scheme, not by the text", async () => {
    const { remote, first } = await start();
    const calver = component({ scheme: "calver" });
    await remote.tag("app/v2026.09.0", first);
    const lower = { component: calver, version: "2026.08.0" };
    expect(await refusals(await bench(remote), lower)).toHaveLength(1);
    const higher = { component: calver, version: "2026.10.0" };
    expect((await plan(await bench(remote), higher)).version).toBe("2026.10.0");
  });
});
