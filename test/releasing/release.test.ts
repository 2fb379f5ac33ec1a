import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { applyRelease } from "../../releasing/release.ts";
import type { Problem } from "../../schemas/problem.ts";
import { type Remote, startRemote } from "../source/remote.ts";
import { component, record } from "./next-fixture.ts";
import { BUILT, bench, plan, refusals } from "./release-fixture.ts";

const DOCKERFILE = { "app/Dockerfile": "FROM scratch\n" };
const FILE = "releases/app/v1.0.0/release.yaml";

/** A remote with one commit that can be released. */
async function start(): Promise<{ remote: Remote; commit: string }> {
  const remote = await startRemote();
  return { remote, commit: await remote.commit("feat: begin", { files: DOCKERFILE }) };
}

describe("planRelease refuses", () => {
  it.each(["1.0", "v1.0.0", "01.0.0", "-1.0.0", "--force"])(
    "%s, which is no version",
    async (version) => {
      const { remote } = await start();
      expect(await refusals(await bench(remote), { version })).toEqual([
        expect.stringContaining(`version-scheme: found "${version}"`),
      ]);
    },
  );

  it("what its kind cannot release", async () => {
    const { remote } = await start();
    const unfit: Problem = { code: "artifact-rule", message: "found nothing to release" };
    const builder = { find: async () => undefined, build: async () => BUILT };
    const world = { builder: { ...builder, checks: async () => [unfit] } };
    expect(await refusals(await bench(remote, [], world), { version: "1.0.0" })).toEqual([
      "artifact-rule: found nothing to release",
    ]);
  });

  it("a version of history", async () => {
    const { remote, commit } = await start();
    const history = record("1.0.0", commit, { status: "history" });
    expect(await refusals(await bench(remote, [history]), { version: "1.0.0" })).toEqual([
      expect.stringContaining("version-taken: found the history of app@1.0.0"),
    ]);
  });

  it("a second version of one commit, by its record or by its tag alone", async () => {
    const { remote, commit } = await start();
    await remote.tag("app/v1.0.0", commit);
    const taken = [expect.stringContaining(`version-taken: found the commit ${commit} released`)];
    expect(await refusals(await bench(remote), { version: "1.0.1" })).toEqual(taken);
    const recorded = await bench(remote, [record("1.0.0", commit)]);
    expect(await refusals(recorded, { version: "1.0.1" })).toEqual(taken);
  });

  it("another commit than that of the tag", async () => {
    const { remote, commit } = await start();
    await remote.tag("app/v1.0.0", commit);
    const later = await remote.commit("fix: more");
    const found = await refusals(await bench(remote), { version: "1.0.0", commit: later });
    expect(found).toEqual([expect.stringContaining(`tag-conflict: found the tag app/v1.0.0`)]);
    expect(found[0]).toContain(commit);
    expect(found[0]).toContain(later);
  });

  it("a recorded release whose tag has moved, or is gone", async () => {
    const { remote, commit } = await start();
    const gone = await bench(remote, [record("1.0.0", commit)]);
    expect(await refusals(gone, { version: "1.0.0" })).toEqual([
      expect.stringContaining(`git push origin ${commit}:refs/tags/app/v1.0.0`),
    ]);
    await remote.tag("app/v1.0.0", await remote.commit("fix: more"));
    const moved = await bench(remote, [record("1.0.0", commit)]);
    expect(await refusals(moved, { version: "1.0.0" })).toEqual([
      expect.stringContaining("tag-moved: tag app/v1.0.0"),
    ]);
  });

  it("a commit that is not on the release branch or the train", async () => {
    const { remote, commit } = await start();
    const side = await remote.commit("feat: aside", { branch: "side", parents: [commit] });
    const world = await bench(remote);
    for (const asked of ["side", side]) {
      expect(await refusals(world, { version: "1.0.0", commit: asked })).toEqual([
        expect.stringContaining(`commit-unreachable: found the commit ${side}`),
      ]);
    }
    await remote.git("update-ref", "refs/heads/release/v1.0", side);
    const train = await bench(remote);
    expect(await plan(train, { version: "1.0.0", commit: side })).toMatchObject({ commit: side });
    expect(await refusals(train, { version: "1.1.0", commit: side })).toHaveLength(1);
  });

  it.each(["nowhere", "0123abc", "f".repeat(40), "--help"])(
    "the commit %s, which nobody has",
    async (asked) => {
      const { remote } = await start();
      expect(await refusals(await bench(remote), { version: "1.0.0", commit: asked })).toEqual([
        expect.stringMatching(/^commit-unreachable: /),
      ]);
    },
  );

  it("a component whose folder or Dockerfile the commit has not", async () => {
    const { remote } = await start();
    const world = await bench(remote);
    const version = "1.0.0";
    const elsewhere = component({ kind: "helm_chart", path: "elsewhere" });
    expect(await refusals(world, { component: elsewhere, version })).toEqual([
      expect.stringMatching(/^source-path: .*elsewhere/),
    ]);
    const other = component({ dockerfile: "Containerfile" });
    expect(await refusals(world, { component: other, version })).toEqual([
      expect.stringContaining("source-path: found no app/Containerfile"),
    ]);
  });

  it("a component whose folder is a link out of the repository", async () => {
    const remote = await startRemote();
    await remote.commit("feat: begin", { files: { README: "" }, links: { app: "../../etc" } });
    const world = await bench(remote);
    const chart = component({ kind: "helm_chart" });
    expect(await refusals(world, { component: chart, version: "1.0.0" })).toEqual([
      expect.stringMatching(/^source-path: .*\bapp\b/),
    ]);
  });

  it("what the checkout would make of it, with everything else", async () => {
    const { remote } = await start();
    const problem: Problem = { code: "compatibility", message: "found a row without sense" };
    const other = component({ dockerfile: "Containerfile" });
    const world = await bench(remote, [], { judge: async () => [problem] });
    expect(await refusals(world, { component: other, version: "1.0.0" })).toEqual([
      expect.stringMatching(/^source-path: /),
      "compatibility: found a row without sense",
    ]);
  });

  it("to begin what it has no key to sign with", async () => {
    const { remote } = await start();
    const signed = component({ attestations: { sbom: true, provenance: true, signature: true } });
    const world = await bench(remote, [], { env: { PATH: process.env.PATH } });
    expect(await refusals(world, { component: signed, version: "1.0.0" })).toEqual([
      expect.stringContaining("signing-key: SLIPWAY_SIGNING_KEY is not set"),
    ]);
  });

  it("a component without anything to go on with", async () => {
    const { remote, commit } = await start();
    await remote.tag("app/v1.0.0", commit);
    expect(await refusals(await bench(remote, [record("1.0.0", commit)]))).toEqual([
      expect.stringContaining("slipway release app --next"),
    ]);
  });
});

describe("planRelease", () => {
  it("names every step, and which of them is done", async () => {
    const { remote, commit } = await start();
    const state = await bench(remote);
    const steps = async () =>
      (await plan(state, { version: "1.0.0" })).steps.map(({ name, done }) => `${name} ${done}`);
    const todo = ["pending false", "build false", "record false"];
    expect(await steps()).toEqual(["tag false", ...todo]);
    await remote.tag("app/v1.0.0", commit);
    state.world.source = await remote.open();
    expect(await steps()).toEqual(["tag true", ...todo]);
    state.found = BUILT;
    expect(await steps()).toEqual(["tag true", "build true", "record false"]);
  });

  it("changes nothing", async () => {
    const { remote } = await start();
    const state = await bench(remote);
    const [tree, refs] = [state.checkout.tree(), await remote.git("for-each-ref")];
    await plan(state, { version: "1.0.0" });
    expect(state.checkout.tree()).toEqual(tree);
    expect(await remote.git("for-each-ref")).toBe(refs);
  });

  it("goes on with the newest tag that has no record, then with one that is pending", async () => {
    const { remote, commit } = await start();
    const later = await remote.commit("fix: more");
    await remote.tag("app/v1.0.0", commit);
    await remote.tag("app/v1.0.1", later);
    await remote.tag("app/vnext", later);
    const pending = record("1.0.1", later, { status: "pending" });
    expect(await plan(await bench(remote))).toMatchObject({ version: "1.0.1", commit: later });
    expect(await plan(await bench(remote, [pending]))).toMatchObject({ version: "1.0.0" });
    const both = [pending, record("1.0.0", commit)];
    expect(await plan(await bench(remote, both))).toMatchObject({ version: "1.0.1" });
  });

  it("is not led astray by branches and tags that begin with a dash", async () => {
    const { remote, commit } = await start();
    await remote.git("update-ref", "refs/heads/--output=x", commit);
    await remote.git("update-ref", "refs/tags/--upload-pack=x", commit);
    await remote.git("update-ref", "refs/tags/app/v--exec=x", commit);
    const state = await bench(remote);
    const found = await plan(state, { version: "1.0.0", commit: "--output=x" });
    expect(found).toMatchObject({ commit });
    await applyRelease(found, state.world);
    expect(await remote.git("rev-parse", "refs/tags/app/v1.0.0^{commit}")).toBe(commit);
  });
});

describe("applyRelease", () => {
  it("tags, builds and records, and then finds all of it done", async () => {
    const { remote, commit } = await start();
    const state = await bench(remote);
    const first = await applyRelease(await plan(state, { version: "1.0.0" }), state.world);
    expect(first).toMatchObject({ built: true, record: { status: "recorded" } });
    expect(state.built).toEqual(["1.0.0"]);
    expect(await remote.git("rev-parse", "app/v1.0.0^{commit}")).toBe(commit);
    const text = state.checkout.read(FILE);
    const again = await bench(remote, [first.record]);
    const second = await applyRelease(await plan(again, { version: "1.0.0" }), again.world);
    expect(second).toEqual({ record: first.record, built: false });
    expect(again.built).toEqual([]);
    expect(state.checkout.read(FILE)).toBe(text);
  });

  it("writes the same record from what is there as it did when it was built", async () => {
    const { remote } = await start();
    const state = await bench(remote);
    await applyRelease(await plan(state, { version: "1.0.0" }), state.world);
    const text = state.checkout.read(FILE);
    state.checkout.remove(FILE);
    state.found = BUILT;
    state.world.source = await remote.open();
    const again = await applyRelease(await plan(state, { version: "1.0.0" }), state.world);
    expect(again.built).toBe(false);
    expect(state.checkout.read(FILE)).toBe(text);
    expect(state.built).toEqual(["1.0.0"]);
  });

  it("says before it attests what is found that its provenance will not name who built it", async () => {
    const { remote } = await start();
    const notes: string[] = [];
    const state = await bench(remote, [], { note: (line) => notes.push(line) });
    const planned = await plan(state, { version: "1.0.0" });
    const attestations = { sbom: false, provenance: true, signature: false };
    const found = { ...planned, component: component({ attestations }), found: BUILT };
    const said = `found ${BUILT.artifact?.digest}: its provenance will say level 0`;
    const ends = { code: "signing-key" };
    await expect(applyRelease(found, state.world)).rejects.toMatchObject(ends);
    expect(notes.at(-1)).toContain(said);
    notes.length = 0;
    const attested = { provenance: `sha256:${"b".repeat(64)}` };
    await expect(applyRelease({ ...found, attested }, state.world)).rejects.toMatchObject(ends);
    expect(notes.join()).not.toContain("provenance");
  });

  it("leaves a pending record when a container's build fails", async () => {
    const { remote } = await start();
    const state = await bench(remote);
    state.world.builder.build = () => Promise.reject(new Error("no space"));
    const begun = applyRelease(await plan(state, { version: "1.0.0" }), state.world);
    await expect(begun).rejects.toThrow("no space");
    expect(state.checkout.read(FILE)).not.toContain("digest");
  });

  it("leaves no record of another kind when its build fails", async () => {
    const { remote } = await start();
    const state = await bench(remote);
    state.world.builder.build = () => Promise.reject(new Error("no space"));
    const chart = component({ kind: "helm_chart" });
    const planned = await plan(state, { component: chart, version: "1.0.0" });
    await expect(applyRelease(planned, state.world)).rejects.toThrow("no space");
    expect(existsSync(state.checkout.path(FILE))).toBe(false);
  });

  it("makes no other tag where somebody was quicker", async () => {
    const { remote } = await start();
    const state = await bench(remote);
    const planned = await plan(state, { version: "1.0.0" });
    await remote.tag("app/v1.0.0", await remote.commit("fix: more"));
    await expect(applyRelease(planned, state.world)).rejects.toThrow(/at [0-9a-f]{40}, expected/);
    expect(existsSync(state.checkout.path(FILE))).toBe(false);
  });

  it("says so where somebody else tags the same commit, and goes on the next time", async () => {
    const { remote, commit } = await start();
    const state = await bench(remote);
    const planned = await plan(state, { version: "1.0.0" });
    await remote.tag("app/v1.0.0", commit, "2026-05-03T00:00:00Z");
    await expect(applyRelease(planned, state.world)).rejects.toMatchObject({
      code: "tag-missing",
      message: expect.stringContaining("run the same command again"),
    });
    state.world.source = await remote.open();
    const again = await applyRelease(await plan(state, { version: "1.0.0" }), state.world);
    // The day of the tag that is there, and not of the one that was to be.
    expect(again.record.releasedAt).toBe("2026-05-03");
  });
});
