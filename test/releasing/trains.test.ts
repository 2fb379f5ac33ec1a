import { describe, expect, it } from "vitest";
import type { Component, ReleaseRecord } from "../../registry/index.ts";
import { cutTrain, trainBranch } from "../../releasing/next/index.ts";
import { type Remote, startRemote } from "../source/remote.ts";
import { component, nextOf, record } from "./next-fixture.ts";

interface CutOptions {
  records?: readonly ReleaseRecord[];
  commit?: string;
  of?: Component;
}

describe("a train", () => {
  it("is cut, gets fixes, and versions of its line, while the release branch goes on", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const records = [record("1.5.3", first)];
    const second = await remote.commit("feat: two");
    await expect(nextOf(remote, records, { train: "1.6" })).rejects.toMatchObject({
      code: "branch-missing",
      message: expect.stringContaining("--train 1.6 --cut"),
    });
    const made = { branch: "release/v1.6", commit: second };
    expect(await cut(remote, "1.6", { records })).toEqual({ ...made, outcome: "created" });
    expect(await cut(remote, "1.6", { records })).toEqual({ ...made, outcome: "exists" });
    const train = { train: "1.6" };
    expect(await nextOf(remote, records, train)).toMatchObject({
      current: "1.5.3",
      next: "1.6.0",
      bump: "minor",
      branch: "release/v1.6",
      commit: second,
    });
    expect(await nextOf(remote, records, { ...train, pre: "rc" })).toMatchObject({
      next: "1.6.0-rc.1",
    });
    records.push(record("1.6.0", second));
    await expect(nextOf(remote, records, train)).rejects.toMatchObject({ code: "version-none" });
    const fix = await remote.commit("fix: three", { branch: "release/v1.6" });
    await remote.commit("feat!: four");
    expect(await nextOf(remote, records, train)).toMatchObject({
      current: "1.6.0",
      next: "1.6.1",
      commit: fix,
      commits: [{ subject: "three" }],
    });
    expect(await nextOf(remote, records)).toMatchObject({ current: "1.6.0", next: "2.0.0" });
    records.push(record("1.6.1", fix));
    const trunk = await nextOf(remote, records);
    expect(trunk).toMatchObject({
      current: "1.6.1",
      next: "2.0.0",
      commits: [{ subject: "four" }],
    });
  });

  it("shares its beginning with the release branch", async () => {
    const remote = await startRemote();
    await remote.commit("feat: one");
    await remote.commit("feat: apart", { branch: trainBranch("0.1") });
    await expect(nextOf(remote, [], { train: "0.1" })).rejects.toMatchObject({
      code: "train-rule",
      message: expect.stringContaining("is not on main"),
    });
  });

  it("takes fixes only, and names every other commit", async () => {
    const remote = await startRemote();
    await remote.commit("feat!: one");
    await cut(remote, "0.1");
    const branch = trainBranch("0.1");
    const feat = await remote.commit("feat: two", { branch });
    await remote.commit("fix: three", { branch });
    const breaking = await remote.commit("fix!: four", { branch });
    const untyped = await remote.commit("Five", { branch });
    await remote.commit("feat: elsewhere", { branch, files: { "lib/a": "x" } });
    const failure = await nextOf(remote, [], { train: "0.1" }).catch((error) => error);
    expect(failure.problems).toHaveLength(3);
    for (const commit of [feat, breaking, untyped]) {
      expect(failure.message).toContain(commit.slice(0, 12));
    }
    expect(failure).toMatchObject({ code: "train-rule" });
  });

  it("still knows its own commits when it was merged back", async () => {
    const remote = await startRemote();
    await remote.commit("feat: one");
    await cut(remote, "0.1");
    const branch = trainBranch("0.1");
    const feat = await remote.commit("feat: two", { branch });
    await remote.commit("Merge the train", { parents: [feat] });
    await expect(nextOf(remote, [], { train: "0.1" })).rejects.toMatchObject({
      code: "train-rule",
    });
  });

  it("goes on at the newest release of a line that has some, whatever came since", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    const third = await remote.commit("feat: three");
    const records = [record("1.4.0", first), record("1.4.1", second), record("1.5.0", third)];
    expect(await cut(remote, "1.4", { records })).toMatchObject({ commit: second });
    await remote.commit("fix: four", { branch: trainBranch("1.4") });
    expect(await nextOf(remote, records, { train: "1.4" })).toMatchObject({
      current: "1.4.1",
      next: "1.4.2",
    });
  });

  it("serves a month of a monthly component, whose release branch leaves it that line", async () => {
    const remote = await startRemote();
    const monthly = component({ scheme: "calver", cadence: "monthly" });
    const first = await remote.commit("feat: one", { at: "2026-09-01T00:00:00Z" });
    await cut(remote, "2026.09", { of: monthly });
    const train = { component: monthly, train: "2026.09" };
    expect(await nextOf(remote, [], train)).toMatchObject({ next: "2026.09.0" });
    const records = [record("2026.09.0", first)];
    const at = "2026-10-02T00:00:00Z";
    await remote.commit("fix: late", { branch: trainBranch("2026.09"), at });
    expect(await nextOf(remote, records, train)).toMatchObject({ next: "2026.09.1" });
    await remote.commit("feat: two", { at: "2026-09-20T00:00:00Z" });
    await expect(nextOf(remote, records, { component: monthly })).rejects.toMatchObject({
      code: "train-rule",
      message: expect.stringContaining("--train 2026.09"),
    });
    await remote.commit("feat: three", { at });
    expect(await nextOf(remote, records, { component: monthly })).toMatchObject({
      next: "2026.10.0",
    });
  });
});

describe("cutTrain", () => {
  it("refuses a line that the commits have left behind", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const records = [record("1.5.3", first)];
    await remote.commit("feat!: two");
    await expect(cut(remote, "1.6", { records })).rejects.toMatchObject({
      code: "train-rule",
      message: expect.stringContaining("call for 2.0.0"),
    });
    expect(await cut(remote, "2.0", { records })).toMatchObject({ outcome: "created" });
  });

  it("refuses a line below a release that the commit contains", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    await remote.commit("fix: three");
    const records = [record("1.2.0", first), record("1.5.0", second)];
    await expect(cut(remote, "1.3", { records })).rejects.toMatchObject({
      code: "train-rule",
      message: expect.stringContaining("1.5.0"),
    });
    expect(await remote.git("branch", "--list", "release/*")).toBe("");
  });

  it("refuses more than fixes since the line's newest release", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    const records = [record("1.4.0", first)];
    await expect(cut(remote, "1.4", { records, commit: second })).rejects.toMatchObject({
      code: "train-rule",
      message: expect.stringContaining(second.slice(0, 12)),
    });
  });

  it("refuses a commit that is not on the release branch, or that nobody has", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const side = await remote.commit("fix: side", { branch: "side", parents: [first] });
    for (const commit of [side, "0".repeat(40)]) {
      await expect(cut(remote, "0.1", { commit })).rejects.toMatchObject({
        code: "commit-unreachable",
      });
    }
  });

  it.each(["1", "-1.4", "1.4.0", "--force"])("refuses the line %s", async (line) => {
    const remote = await startRemote();
    await remote.commit("feat: one");
    await expect(cut(remote, line)).rejects.toMatchObject({ code: "version-scheme" });
  });
});

async function cut(remote: Remote, line: string, { records = [], commit, of }: CutOptions = {}) {
  const source = await remote.open();
  return cutTrain({ component: of ?? component(), records, source }, line, commit);
}
