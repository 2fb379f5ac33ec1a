import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startRemote } from "./remote.ts";

describe("Source.tag", () => {
  it("pushes an annotated tag by this machine's committer, and then finds it", async () => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: one");
    const env = { ...remote.env, GIT_COMMITTER_NAME: "Ines", GIT_COMMITTER_EMAIL: "i@example.com" };
    const source = await remote.open({ env });
    expect(await source.tag("app/v1.0.0", commit, "app 1.0.0\n\ntext")).toBe("created");
    expect(await remote.git("cat-file", "-t", "app/v1.0.0")).toBe("tag");
    const stored = await remote.git("cat-file", "tag", "app/v1.0.0");
    expect(stored).toMatch(/\ntagger Ines <i@example\.com> \d+ [+-]\d{4}\n\napp 1\.0\.0\n\ntext$/);
    const object = await remote.git("rev-parse", "app/v1.0.0");
    expect(await source.tags("app/v")).toMatchObject([{ name: "app/v1.0.0", commit }]);
    expect(await source.tag("app/v1.0.0", commit, "again")).toBe("exists");
    expect(await (await remote.open()).tag("app/v1.0.0", commit, "again")).toBe("exists");
    expect(await remote.git("rev-parse", "app/v1.0.0")).toBe(object);
  });

  it("takes a lightweight tag at the same commit, and names both commits of another one", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    const source = await remote.open();
    await remote.git("tag", "app/v1.0.0", first);
    expect(await source.tag("app/v1.0.0", first, "app 1.0.0")).toBe("exists");
    const conflict = await source.tag("app/v1.0.0", second, "app 1.0.0").catch((error) => error);
    expect(conflict).toMatchObject({ code: "tag-conflict" });
    expect(conflict.message).toContain(first);
    expect(conflict.message).toContain(second);
    expect(await remote.git("rev-parse", "app/v1.0.0")).toBe(first);
  });

  it("leaves one tag when several push it at once", async () => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: one");
    const caches = ["a", "b", "c"].map((name) => join(remote.root, name));
    const outcomes = await Promise.all(
      caches.map(async (SLIPWAY_TOOLS) => {
        const source = await remote.open({ env: { ...remote.env, SLIPWAY_TOOLS } });
        return source.tag("app/v1.0.0", commit, SLIPWAY_TOOLS);
      }),
    );
    expect(outcomes.sort()).toEqual(["created", "exists", "exists"]);
  });

  it("tells what the remote said when it refuses, and leaves no tag anywhere", async () => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: one");
    const hook = join(remote.bare, "hooks/pre-receive");
    await writeFile(hook, "#!/bin/sh\necho 'tags are made on Mondays' >&2\nexit 1\n");
    await chmod(hook, 0o755);
    const source = await remote.open();
    const refused = await source.tag("app/v1.0.0", commit, "app 1.0.0").catch((error) => error);
    expect(refused).toMatchObject({ code: "push-refused" });
    expect(refused.message).toContain("pre-receive hook declined");
    expect(refused.message).toContain("tags are made on Mondays");
    expect(refused.message).not.toContain("\n");
    expect(await remote.git("tag")).toBe("");
    expect(await source.tags("app/v")).toEqual([]);
  });

  it.each(["-app/v1.0.0", "app/-v1", "app/v1..0", "app v1", "app/v1.lock", "--delete", "app//v1"])(
    "refuses the name %s before git sees it",
    async (name) => {
      const remote = await startRemote();
      const commit = await remote.commit("feat: one");
      const source = await remote.open();
      await expect(source.tag(name, commit, "x")).rejects.toThrow(/not a name for a branch or tag/);
      await expect(source.pushBranch(name, commit)).rejects.toThrow(/not a name for a branch/);
      expect(await remote.git("for-each-ref", "--format=%(refname)")).toBe("refs/heads/main");
    },
  );
});

describe("Source.pushBranch", () => {
  it("makes a branch once, and keeps to one that has gone on", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const source = await remote.open();
    expect(await source.pushBranch("release/v1.0", first)).toBe("created");
    expect(await source.branchCommit("release/v1.0")).toBe(first);
    const fix = await remote.commit("fix: train", { branch: "release/v1.0" });
    const later = await remote.open();
    expect(await later.pushBranch("release/v1.0", first)).toBe("exists");
    expect(await remote.git("rev-parse", "release/v1.0")).toBe(fix);
    const other = await remote.commit("feat: two");
    await expect((await remote.open()).pushBranch("release/v1.0", other)).rejects.toMatchObject({
      code: "push-refused",
      message: expect.stringContaining(fix),
    });
    expect(await remote.git("rev-parse", "release/v1.0")).toBe(fix);
  });

  it("pushes nothing else and runs no hook, whatever the user has set", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await remote.tag("given-up", first);
    const source = await remote.open();
    await remote.git("tag", "-d", "given-up");
    const hook = join(remote.root, "pre-push");
    await writeFile(hook, "#!/bin/sh\nexit 1\n");
    await chmod(hook, 0o755);
    await writeFile(
      join(remote.root, ".gitconfig"),
      `[push]\n\tfollowTags = true\n[core]\n\thooksPath = ${remote.root}\n`,
    );
    expect(await source.pushBranch("release/v1.0", first)).toBe("created");
    expect(await remote.git("tag")).toBe("");
  });
});
