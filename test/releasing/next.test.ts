import { describe, expect, it } from "vitest";
import { startRemote } from "../source/remote.ts";
import { component, nextOf, record } from "./next-fixture.ts";

describe("nextVersion", () => {
  it("begins at 0.1.0 with every commit of the component, whatever they are", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat!: one");
    await remote.commit("feat: elsewhere", { files: { "lib/a": "x" } });
    const head = await remote.commit("fix(api): two");
    expect(await nextOf(remote)).toEqual({
      component: "app",
      current: null,
      next: "0.1.0",
      bump: "initial",
      branch: "main",
      commit: head,
      tag: "app/v0.1.0",
      tagged: false,
      commits: [
        { hash: head, type: "fix", scope: "api", subject: "two", breaking: false },
        { hash: first, type: "feat", scope: null, subject: "one", breaking: true },
      ],
      changelog: expect.stringMatching(
        /^## 0\.1\.0 \(2026-05-01\)\n[\s\S]*one[\s\S]*\*\*api:\*\* two/,
      ),
    });
  });

  it.each([
    ["1.4.1", "fix: a", "1.4.2", "patch"],
    ["1.4.1", "Not conventional", "1.4.2", "patch"],
    ["1.4.1", "feat: a", "1.5.0", "minor"],
    ["1.4.1", "fix!: a", "2.0.0", "major"],
    ["0.9.1", "feat: a", "0.10.0", "minor"],
    ["0.9.1", "feat: a\n\nBREAKING CHANGE: b", "0.10.0", "minor"],
  ])("goes on from %s after %j with %s", async (current, message, next, bump) => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await remote.tag(`app/v${current}`, first);
    await remote.commit(message);
    await remote.commit("feat!: elsewhere", { files: { "lib/a": "x" } });
    const document = await nextOf(remote, [record(current, first)]);
    expect(document).toMatchObject({ current, next, bump });
    expect(document.commits).toHaveLength(1);
  });

  it("goes by the newest version, not by the newest tag, and by tags without a record", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    await remote.tag("app/v1.10.0", second, "2026-05-02T00:00:00Z");
    await remote.tag("app/v1.9.0", first, "2026-05-03T00:00:00Z");
    await remote.tag("app/v9.0", first);
    await remote.tag("other/v5.0.0", second);
    await remote.commit("fix: three");
    expect(await nextOf(remote)).toMatchObject({ current: "1.10.0", next: "1.10.1" });
  });

  it("goes on from history whose commit is in another repository", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await remote.commit("feat: two");
    const gone = record("2.0.0", "f".repeat(40), { status: "history" });
    expect(await nextOf(remote, [gone])).toMatchObject({ current: "2.0.0", next: "2.1.0" });
    const known = record("1.0.0", first);
    const document = await nextOf(remote, [gone, known]);
    expect(document).toMatchObject({ current: "2.0.0", next: "2.1.0" });
    expect(document.commits.map(({ subject }) => subject)).toEqual(["two"]);
  });

  it("counts merged commits once, the merge not, and a revert with what it reverts not", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const side = await remote.commit("fix: side", { branch: "side", parents: [first] });
    const main = await remote.commit("feat!: wrong", { files: { "app/wrong": "x" } });
    await remote.commit(`Revert "feat!: wrong"\n\nThis reverts commit ${main}.`, {
      files: { "app/wrong": "" },
    });
    await remote.commit("feat!: Merge branch side", { parents: [side] });
    const document = await nextOf(remote, [record("1.0.0", first)]);
    expect(document).toMatchObject({ next: "1.0.1", bump: "patch" });
    expect(document.commits.map(({ subject }) => subject)).toEqual(["side"]);
  });

  it("takes the month of the commit for calver, and never goes back", async () => {
    const remote = await startRemote();
    const calver = { component: component({ scheme: "calver" }) };
    const first = await remote.commit("feat!: one", { at: "2026-06-30T23:30:00-01:00" });
    expect(await nextOf(remote, [], calver)).toMatchObject({ next: "2026.07.0", bump: "initial" });
    const records = [record("2026.07.0", first)];
    await remote.commit("feat!: two", { at: "2026-07-05T00:00:00Z" });
    expect(await nextOf(remote, records, calver)).toMatchObject({
      next: "2026.07.1",
      bump: "patch",
    });
    await remote.commit("fix: three", { at: "2026-08-01T00:00:00Z" });
    expect(await nextOf(remote, records, calver)).toMatchObject({
      next: "2026.08.0",
      bump: "minor",
    });
    await remote.commit("fix: clock", { at: "2026-05-01T00:00:00Z" });
    expect(await nextOf(remote, records, calver)).toMatchObject({ next: "2026.07.1" });
  });

  it("goes on with a release that is tagged and not finished, until something comes after it", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    await remote.tag("app/v1.1.0", second);
    await remote.commit("feat: elsewhere", { files: { "lib/a": "x" } });
    const done = record("1.0.0", first);
    const begun = { current: "1.0.0", next: "1.1.0", bump: "minor", commit: second, tagged: true };
    expect(await nextOf(remote, [done])).toMatchObject(begun);
    const pending = record("1.1.0", second, { status: "pending" });
    expect(await nextOf(remote, [done, pending])).toMatchObject(begun);
    expect((await nextOf(remote, [done, pending])).commits).toHaveLength(1);
    await remote.commit("fix: three");
    expect(await nextOf(remote, [done, pending])).toMatchObject({ next: "1.1.1", tagged: false });
  });

  it("goes on after a release that was begun and yanked", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    await remote.tag("app/v1.1.0", second);
    const yanked = { file: "yanked.yaml", decidedAt: "2026-05-02", reason: "Does not build" };
    const begun = record("1.1.0", second, { status: "pending", yanked });
    const records = [record("1.0.0", first), begun];
    await expect(nextOf(remote, records)).rejects.toThrow(/nothing of app to release/);
    await remote.commit("fix: three");
    expect(await nextOf(remote, records)).toMatchObject({ current: "1.1.0", next: "1.1.1" });
  });
});

describe("nextVersion --pre", () => {
  it("counts pre-releases of the version that the commits call for", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const records = [record("1.4.1", first)];
    const second = await remote.commit("feat!: two");
    const pre = { pre: "rc" };
    expect(await nextOf(remote, records, pre)).toMatchObject({ next: "2.0.0-rc.1", bump: "major" });
    records.push(record("2.0.0-rc.1", second));
    await expect(nextOf(remote, records, pre)).rejects.toMatchObject({ code: "version-none" });
    // The commit is released already, and may have one version only.
    await expect(nextOf(remote, records)).rejects.toMatchObject({ code: "version-none" });
    const third = await remote.commit("fix: three");
    const again = await nextOf(remote, records, pre);
    expect(again).toMatchObject({ current: "2.0.0-rc.1", next: "2.0.0-rc.2", bump: "prerelease" });
    expect(again.commits.map(({ subject }) => subject)).toEqual(["three"]);
    const final = await nextOf(remote, records);
    expect(final).toMatchObject({ current: "1.4.1", next: "2.0.0", bump: "major", commit: third });
    expect(final.commits).toHaveLength(2);
    await expect(nextOf(remote, records, { pre: "beta" })).rejects.toMatchObject({
      code: "version-scheme",
      message: expect.stringContaining("--pre rc"),
    });
  });

  it("keeps to what a pre-release announced, when its reason was reverted", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat!: two", { files: { "app/two": "x" } });
    const records = [record("1.0.0", first), record("2.0.0-rc.1", second)];
    await remote.commit(`Revert "feat!: two"\n\nThis reverts commit ${second}.`, {
      files: { "app/two": "" },
    });
    await remote.commit("fix: three");
    expect(await nextOf(remote, records)).toMatchObject({ current: "1.0.0", next: "2.0.0" });
  });

  it("goes on with a pre-release that is not finished, and only when one is asked for", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    await remote.tag("app/v1.1.0-rc.1", second);
    await remote.commit("feat: elsewhere", { files: { "lib/a": "x" } });
    const records = [record("1.0.0", first)];
    const begun = { next: "1.1.0-rc.1", commit: second, tagged: true };
    expect(await nextOf(remote, records, { pre: "rc" })).toMatchObject(begun);
    expect(await nextOf(remote, records)).toMatchObject({ next: "1.1.0", tagged: false });
  });

  it.each(["1", "-rc", "rc.1", "r c", "", "rc\n"])("refuses the identifier %j", async (pre) => {
    const remote = await startRemote();
    await remote.commit("feat: one");
    await expect(nextOf(remote, [], { pre })).rejects.toMatchObject({ code: "version-scheme" });
  });

  it("refuses a pre-release of a calver component", async () => {
    const remote = await startRemote();
    await remote.commit("feat: one");
    const calver = { component: component({ scheme: "calver" }), pre: "rc" };
    await expect(nextOf(remote, [], calver)).rejects.toMatchObject({ code: "version-scheme" });
  });
});

describe("nextVersion at bad input", () => {
  it("says so when there is nothing to release", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await remote.commit("feat: elsewhere", { files: { "lib/a": "x" } });
    const failure = await nextOf(remote, [record("1.0.0", first)]).catch((error) => error);
    expect(failure).toMatchObject({ code: "version-none" });
    expect(failure.message).toContain("1.0.0");
    expect(failure.message).toContain(first);
  });

  it("says so when all that came is reverted", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const wrong = await remote.commit("feat: wrong", { files: { "app/a": "x" } });
    await remote.commit(`Revert "feat: wrong"\n\nThis reverts commit ${wrong}.`, {
      files: { "app/a": "" },
    });
    await expect(nextOf(remote, [record("1.0.0", first)])).rejects.toMatchObject({
      code: "version-none",
    });
  });

  it("names the branches of a repository without the release branch, and an empty one", async () => {
    const remote = await startRemote();
    await expect(nextOf(remote)).rejects.toMatchObject({
      code: "branch-missing",
      message: expect.stringContaining("an empty repository"),
    });
    await remote.commit("feat: one", { branch: "trunk" });
    await expect(nextOf(remote)).rejects.toMatchObject({
      code: "branch-missing",
      message: expect.stringContaining("the branches trunk"),
    });
  });

  it("refuses a component's folder that is missing or a link", async () => {
    const remote = await startRemote();
    await remote.commit("feat: one", { links: { link: "app", out: "../../etc" } });
    for (const path of ["gone", "link", "out"]) {
      await expect(nextOf(remote, [], { component: component({ path }) })).rejects.toMatchObject({
        code: "source-path",
      });
    }
  });

  it("stops at every tag that has moved", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    await remote.tag("app/v1.0.0", second);
    await remote.tag("app/v1.1.0", first);
    const records = [record("1.0.0", first), record("1.1.0", second)];
    const failure = await nextOf(remote, records).catch((error) => error);
    expect(failure.problems.map(({ code }: { code: string }) => code)).toEqual([
      "tag-moved",
      "tag-moved",
    ]);
  });

  it("is not led astray by branches and tags that begin with a dash", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await remote.git("update-ref", "refs/heads/--upload-pack=x", first);
    await remote.git("update-ref", "refs/tags/-app/v9.0.0", first);
    await remote.git("update-ref", "refs/tags/app/v-9.0.0", first);
    expect(await nextOf(remote)).toMatchObject({ next: "0.1.0" });
    const dashed = { url: component().repository.url, key: "source", aliases: [] };
    const repository = { ...dashed, releaseBranch: "--upload-pack=x" };
    expect(await nextOf(remote, [], { component: component({ repository }) })).toMatchObject({
      branch: "--upload-pack=x",
      commit: first,
    });
  });
});
