import { mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../source/index.ts";
import { startRemote } from "./remote.ts";

describe("openSource", () => {
  it("fetches nothing by another protocol than https", async () => {
    const remote = await startRemote();
    for (const url of ["http://git.example.com/a.git", "https://me:secret@git.example.com/a.git"]) {
      const open = openSource({ ...remote.repository, url }, { env: remote.env });
      await expect(open).rejects.toMatchObject({
        code: "repository-unreachable",
        message: expect.stringContaining("its URL is not https"),
      });
    }
  });

  it("has what the remote has, and no more what it has no more", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await remote.commit("feat: side", { branch: "side/a", parents: [first] });
    await remote.tag("app/v1.0.0", first);
    const before = await remote.open();
    expect([...(await before.branches()).keys()]).toEqual(["main", "side/a"]);
    expect(await before.branchCommit("main")).toBe(first);
    expect(await before.branchCommit("gone")).toBeUndefined();

    await remote.git("branch", "-D", "side/a");
    await remote.git("branch", "side", first);
    await remote.git("tag", "-d", "app/v1.0.0");
    const moved = await remote.commit("feat: other", { branch: "rewritten" });
    await remote.git("update-ref", "refs/heads/main", moved);
    const after = await remote.open();
    expect([...(await after.branches())]).toEqual([
      ["main", moved],
      ["rewritten", moved],
      ["side", first],
    ]);
    expect(await after.tags("app/v")).toEqual([]);
  });

  it("opens an empty repository", async () => {
    const remote = await startRemote();
    const source = await remote.open();
    expect((await source.branches()).size).toBe(0);
    expect(await source.tags("app/v")).toEqual([]);
  });

  it("says why when the token is wrong or the repository is gone, without the token", async () => {
    const remote = await startRemote();
    const failure = await remote.open({ token: "s3cr3t" }).catch((error) => error);
    expect(failure).toMatchObject({ code: "repository-unreachable" });
    expect(failure.message).toContain('slipway:source_tokens["source"]');
    expect(failure.message).not.toContain("s3cr3t");
    await expect(
      remote.open({
        env: {
          ...remote.env,
          SLIPWAY_ENDPOINTS: '{"https://git.example.com/":"http://127.0.0.1:9/"}',
        },
      }),
    ).rejects.toMatchObject({ code: "repository-unreachable" });
  });

  it("makes a mirror anew that a killed process left locked or damaged", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await remote.open();
    const [mirror = ""] = await readdir(join(remote.root, "cache/sources"));
    const folder = join(remote.root, "cache/sources", mirror);
    const second = await remote.commit("feat: two");
    await mkdir(join(folder, "refs/heads"), { recursive: true });
    await writeFile(join(folder, "refs/heads/main.lock"), "");
    const source = await remote.open();
    expect(await source.branchCommit("main")).toBe(second);
    await writeFile(join(folder, "HEAD"), "");
    expect(await (await remote.open()).contains(first, second)).toBe(true);
    expect(await readdir(join(remote.root, "cache/sources"))).toEqual([mirror]);
  });

  it("serves several at once", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const sources = await Promise.all([1, 2, 3, 4].map(() => remote.open()));
    for (const source of sources) expect(await source.branchCommit("main")).toBe(first);
  });
});

describe("Source", () => {
  it("lists tags of a prefix with their commits and times", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one", { at: "2026-01-31T23:30:00-02:00" });
    await remote.tag("app/v1.0.0", first, "2026-02-03T04:05:06Z");
    await remote.git("tag", "app/v1.1.0", first);
    await remote.git("tag", "-a", "-m", "outer", "app/v1.2.0", "app/v1.0.0");
    await remote.git("tag", "app/v1.3.0", `${first}^{tree}`);
    await remote.tag("app/very", first);
    await remote.tag("app-two/v1.0.0", first);
    await remote.git("update-ref", "refs/tags/-app/v1.0.0", first);
    const source = await remote.open();
    expect(await source.tags("app/v1")).toEqual([
      { name: "app/v1.0.0", commit: first, annotated: true, createdAt: "2026-02-03T04:05:06Z" },
      { name: "app/v1.1.0", commit: first, annotated: false, createdAt: "2026-02-01T01:30:00Z" },
      { name: "app/v1.2.0", commit: first, annotated: true, createdAt: "2026-05-01T12:00:00Z" },
    ]);
    expect((await source.tags("-app/v")).map(({ name }) => name)).toEqual(["-app/v1.0.0"]);
  });

  it("lists commits of a path, newest first, merged ones once and merges not at all", async () => {
    const remote = await startRemote();
    const base = await remote.commit("feat: base", { files: { "app/a": "1", "lib/b": "1" } });
    await remote.commit("feat: elsewhere", { files: { "lib/b": "2" } });
    const side = await remote.commit("fix: side\n\nbody\n\nfooter: x", {
      branch: "side",
      parents: [base],
      files: { "app/a": "2" },
    });
    await remote.commit("fix: same", { files: { "app/a": "2" } });
    const tip = await remote.commit("Merge side", { parents: [side], files: { "app/a": "2" } });
    const source = await remote.open();
    const commits = await source.commits({ from: base, to: tip, paths: ["app"] });
    expect(commits.map(({ message }) => message).sort()).toEqual([
      "fix: same",
      "fix: side\n\nbody\n\nfooter: x",
    ]);
    expect(await source.commits({ to: tip, paths: ["app", "."] })).toHaveLength(4);
    expect(await source.commits({ to: tip, paths: ["ap*"] })).toEqual([]);
    expect(await source.commits({ from: tip, to: tip, paths: ["."] })).toEqual([]);
    expect(await source.commit(base)).toEqual({
      hash: base,
      message: "feat: base",
      committedAt: "2026-05-01T01:00:00Z",
    });
    expect(await source.commit("0".repeat(40))).toBeUndefined();
  });

  it("knows what contains a commit, and where a branch left another one", async () => {
    const remote = await startRemote();
    const base = await remote.commit("feat: base");
    const fork = await remote.commit("feat: fork");
    const fix = await remote.commit("fix: train", { branch: "release/v1.0", parents: [fork] });
    const tip = await remote.commit("Merge the train", { parents: [fix] });
    const source = await remote.open();
    expect(await source.contains(base, tip)).toBe(true);
    expect(await source.contains(tip, tip)).toBe(true);
    expect(await source.contains(tip, fix)).toBe(false);
    expect(await source.contains("0".repeat(40), tip)).toBe(false);
    expect(await source.forkPoint(fix, tip)).toBe(fork);
    const stranger = await remote.commit("feat: stranger", { branch: "stranger" });
    expect(await (await remote.open()).forkPoint(stranger, tip)).toBeUndefined();
  });

  it("reads files as they are stored", async () => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: files", {
      files: { "app/data": "a\r\nb\n\n", "app/sub/x": "x" },
      links: { "app/link": "data" },
    });
    const source = await remote.open();
    const read = async (path: string) => {
      const bytes = await source.readFile(commit, path);
      return bytes && new TextDecoder().decode(bytes);
    };
    expect(await read("app/data")).toBe("a\r\nb\n\n");
    expect(await read("app/sub")).toBeUndefined();
    expect(await read("app/link")).toBeUndefined();
    expect(await read("app/none")).toBeUndefined();
    expect(await source.files(commit, "app")).toEqual([
      { path: "data", mode: "100644", type: "blob" },
      { path: "link", mode: "120000", type: "blob" },
      { path: "sub/x", mode: "100644", type: "blob" },
    ]);
    expect(await source.files(commit, ".")).toHaveLength(3);
  });

  it.each(["../app", "/etc", "app/../..", "", "app/", "./app", "-"])(
    "takes %j for no path, or for one that is not there",
    async (path) => {
      const remote = await startRemote();
      const commit = await remote.commit("feat: files");
      const source = await remote.open();
      await expect(source.files(commit, path)).rejects.toThrow(
        path === "-" ? /found nothing at -/ : /not a path inside/,
      );
    },
  );
});

describe("Source.export", () => {
  it("writes a folder byte for byte, whatever attributes and line ends ask for", async () => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: files", {
      files: {
        "app/.gitattributes": "* text eol=crlf ident\nutf16 working-tree-encoding=UTF-16\n",
        "app/text": "$Id$\nb\n",
        "app/utf16": "x\n",
        "other/file": "x",
      },
      links: { "app/deep/link": "../text", "app/dangling": "none" },
    });
    const source = await remote.open();
    const into = join(remote.root, "into");
    await source.export(commit, "app", into);
    expect((await readdir(into)).sort()).toEqual([
      ".gitattributes",
      "dangling",
      "deep",
      "text",
      "utf16",
    ]);
    expect(await readFile(join(into, "text"), "utf8")).toBe("$Id$\nb\n");
    expect(await readFile(join(into, "utf16"), "utf8")).toBe("x\n");
    expect(await readlink(join(into, "deep/link"))).toBe("../text");
    expect((await stat(join(into, "text"))).mode & 0o111).toBe(0);
    await expect(source.export(commit, "app", into)).rejects.toThrow(/not an empty folder/);
  });

  it.each([
    ["/etc/passwd", "is absolute"],
    ["../../x", "leads out of the folder"],
    ["..", "leads out of the folder", "l"],
    ["b/../x", "goes up again"],
  ])("refuses a link to %s before it writes", async (target, why, path = "sub/l") => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: links", {
      files: { "app/file": "x" },
      links: { [`app/${path}`]: target },
    });
    const into = join(remote.root, "into");
    const source = await remote.open();
    await expect(source.export(commit, "app", into)).rejects.toMatchObject({
      code: "source-path",
      message: expect.stringContaining(why),
    });
    await expect(readdir(into)).rejects.toThrow(/ENOENT/);
  });

  it("refuses a folder that is a link, or lies behind one", async () => {
    const remote = await startRemote();
    const commit = await remote.commit("feat: links", {
      files: { "real/sub/file": "x" },
      links: { app: "real", out: "/etc" },
    });
    const source = await remote.open();
    for (const path of ["app", "app/sub", "out"]) {
      await expect(source.files(commit, path)).rejects.toMatchObject({
        code: "source-path",
        message: expect.stringContaining("found a link at"),
      });
    }
    await expect(source.files(commit, "real/sub/file")).rejects.toThrow(/found a file at/);
  });
});
