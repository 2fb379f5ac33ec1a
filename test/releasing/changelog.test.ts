import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ReleaseRecord } from "../../registry/index.ts";
import { changelogText, writeChangelog } from "../../releasing/next/index.ts";
import { type Remote, startRemote } from "../source/remote.ts";
import { component, nextOf, record } from "./next-fixture.ts";

const HOST = "https://git.example.com/team/source";

describe("changelogText", () => {
  it("tells of every record, newest first, what its commits did", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await remote.commit("fix(b): three (#7)");
    const fix = await remote.commit("fix(a): two");
    await remote.commit("docs: hidden");
    const breaking = await remote.commit("feat: four\n\nBREAKING CHANGE: five\nand six");
    const records = [
      record("1.0.0", first),
      record("2.0.0", breaking, { releasedAt: "2026-06-02" }),
      record("1.0.1", fix),
    ];
    const short = (commit: string) => `([${commit.slice(0, 7)}](${HOST}/commit/${commit}))`;
    const three = await remote.git("rev-parse", `${fix}^`);
    expect(await text(remote, records)).toBe(`# Changelog of app

Written by \`slipway next app --changelog\`, which goes by the records here and their commits: edits are lost.

## 2.0.0 (2026-06-02)

### ⚠ BREAKING CHANGES

* five and six

### Features

* four ${short(breaking)}

## 1.0.1 (2026-05-01)

### Bug Fixes

* **a:** two ${short(fix)}
* **b:** three ([#7](${HOST}/issues/7)) ${short(three)}

## 1.0.0 (2026-05-01)

### Features

* one ${short(first)}
`);
  });

  it("is the same bytes in whatever order records come, and in any language", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat(é): z");
    for (const subject of ["ä", "Z", "a", "z", "Ä"])
      await remote.commit(`fix(${subject}): ${subject}`);
    const head = await remote.commit("fix: last");
    const records = [record("1.0.0", first), record("1.1.0", head)];
    const [one, two] = [await text(remote, records), await text(remote, records.toReversed())];
    expect(two).toBe(one);
    const scopes = [...one.matchAll(/\*\*(.+):\*\*/g)].map(([, scope]) => scope);
    expect(scopes).toEqual(["Z", "a", "z", "Ä", "ä", "é"]);
  });

  it("shows pre-releases until their version is out", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const second = await remote.commit("feat: two");
    const third = await remote.commit("fix: three");
    const records = [record("1.0.0", first), record("1.1.0-rc.1", second)];
    expect(headings(await text(remote, records))).toEqual(["1.1.0-rc.1", "1.0.0"]);
    const out = await text(remote, [...records, record("1.1.0", third)]);
    expect(headings(out)).toEqual(["1.1.0", "1.0.0"]);
    expect(out).toMatch(/two[\s\S]*three[\s\S]*one/);
  });

  it("says where a commit is gone, and goes on", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const gone = record("0.9.0", "f".repeat(40), { status: "history" });
    const out = await text(remote, [gone, record("1.0.0", first)]);
    expect(headings(out)).toEqual(["1.0.0", "0.9.0"]);
    expect(out).toContain(`Its commit is not in ${HOST}.git any more.`);
  });

  it("says what was withdrawn, and why", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const yanked = { file: "x", decidedAt: "2026-05-09", reason: "it loses\ndata " };
    expect(await text(remote, [record("1.0.0", first, { yanked })])).toMatch(
      /\* one .*\n\nWithdrawn on 2026-05-09: it loses data\n$/,
    );
  });

  it("takes types that name what every object has, and template marks, for text", async () => {
    const remote = await startRemote();
    const first = await remote.commit("constructor!: {{version}} `x`");
    const head = await remote.commit("__proto__: x\n\nBREAKING CHANGE: {{#each y}}");
    const out = await text(remote, [record("1.0.0", first), record("2.0.0", head)]);
    expect(out).toContain("* {{version}} `x`");
    expect(out).toContain("* {{#each y}}");
  });

  it("says of a version what nextVersion says of it", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const head = await remote.commit("fix: two");
    const records = [record("1.0.0", first)];
    const { changelog, next } = await nextOf(remote, records);
    expect(await text(remote, [...records, record(next, head)])).toContain(`\n${changelog}\n`);
  });
});

describe("writeChangelog", () => {
  it("writes the file once, whole, over whatever edits it has", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    const request = { component: component(), records: [record("1.0.0", first)] };
    const write = async () =>
      writeChangelog(remote.root, { ...request, source: await remote.open() });
    const file = "releases/app/CHANGELOG.md";
    expect(await write()).toEqual({ file, outcome: "written" });
    const bytes = await readFile(join(remote.root, file));
    expect(await write()).toEqual({ file, outcome: "unchanged" });
    await writeFile(join(remote.root, file), "edited\n");
    expect(await write()).toEqual({ file, outcome: "written" });
    expect(await readFile(join(remote.root, file))).toEqual(bytes);
    expect(await readdir(join(remote.root, "releases/app"))).toEqual(["CHANGELOG.md"]);
  });

  it("leaves nothing behind when it cannot be written", async () => {
    const remote = await startRemote();
    const first = await remote.commit("feat: one");
    await mkdir(join(remote.root, "releases/app/CHANGELOG.md"), { recursive: true });
    const request = { component: component(), records: [record("1.0.0", first)] };
    const source = await remote.open();
    await expect(writeChangelog(remote.root, { ...request, source })).rejects.toThrow();
    expect(await readdir(join(remote.root, "releases/app"))).toEqual(["CHANGELOG.md"]);
  });
});

async function text(remote: Remote, records: readonly ReleaseRecord[]): Promise<string> {
  return changelogText({ component: component(), records, source: await remote.open() });
}

function headings(changelog: string): (string | undefined)[] {
  return [...changelog.matchAll(/^## (\S+)/gm)].map(([, version]) => version);
}
