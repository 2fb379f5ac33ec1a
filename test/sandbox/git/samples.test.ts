import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git } from "../../../sandbox/git/git-process.ts";
import { ensureSampleRepositories, listSampleTags } from "../../../sandbox/git/samples.ts";

const run = promisify(execFile);
const GOLDEN = new URL("golden-tags.json", import.meta.url);
const TOOLKIT_HEAD = "fcf47dfbbb987367135046ba646b63eaaf4c7b60";
const LIST_TAGS = "sandbox/git/list-tags.ts";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "slipway-samples-"));
  await mkdir(join(root, "plain"));
  await ensureSampleRepositories(join(root, "plain"));
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe("sample repositories", () => {
  it("have the recorded commits when generated", async () => {
    expect(await listSampleTags(join(root, "plain"))).toEqual(await golden());
  });

  it("have the recorded commits when zone, locale, umask and git settings are odd", async () => {
    const home = join(root, "odd-home");
    await mkdir(home);
    const settings = [
      "[core]\n\tautocrlf = true\n\tfilemode = false\n[i18n]\n\tcommitEncoding = ISO-8859-1",
      "[user]\n\tname = Somebody Else\n\temail = else@example.com\n[commit]\n\tgpgSign = true",
      "[init]\n\tdefaultBranch = trunk\n\tdefaultObjectFormat = sha256\n\ttemplateDir = /nonexistent",
      "[tag]\n\tgpgSign = true\n[fastimport]\n\tunpackLimit = 0",
    ];
    await writeFile(join(home, ".gitconfig"), `${settings.join("\n")}\n`);
    const { stdout } = await run(
      "sh",
      ["-c", 'umask 077; exec "$0" --import tsx "$1"', process.execPath, LIST_TAGS],
      {
        env: {
          PATH: process.env.PATH,
          HOME: home,
          XDG_CONFIG_HOME: home,
          TZ: "Pacific/Kiritimati",
          LANG: "tr_TR.UTF-8",
          LC_ALL: "tr_TR.UTF-8",
          GIT_AUTHOR_DATE: "2001-01-01T00:00:00Z",
          GIT_COMMITTER_NAME: "Somebody Else",
          GIT_DEFAULT_HASH: "sha256",
          GIT_DIR: join(root, "plain"),
        },
      },
    );
    expect(JSON.parse(stdout)).toEqual(await golden());
  });

  it("have the recorded commits where nothing is tagged", async () => {
    const directory = join(root, "plain/git.example.com/platform/toolkit.git");
    expect(await git(["-C", directory, "rev-parse", "main"])).toBe(TOOLKIT_HEAD);
    expect(await git(["-C", directory, "tag", "--list"])).toBe("");
  });

  it("are sound in git's own eyes", async () => {
    const names = ["platform/registry-service", "platform/toolkit", "customers/hooli"];
    for (const name of ["platform/platform", ...names]) {
      const directory = join(root, "plain/git.example.com", `${name}.git`);
      await git(["-C", directory, "fsck", "--strict"]);
      expect(await git(["-C", directory, "symbolic-ref", "HEAD"])).toBe("refs/heads/main");
    }
  });

  it("tag a tree whose package.json has the tag's version", async () => {
    for (const { repository, tag, path, version, component } of await golden()) {
      const directory = join(root, "plain/git.example.com", `${repository}.git`);
      const text = await git(["-C", directory, "show", `${tag}:${path}/package.json`]);
      expect(JSON.parse(text)).toMatchObject({ name: component, version });
    }
  });

  it("keep what was pushed when they are there already", async () => {
    const directory = join(root, "plain/git.example.com/customers/acme.git");
    await git(["-C", directory, "update-ref", "refs/heads/mine", "refs/heads/main"]);
    await ensureSampleRepositories(join(root, "plain"));
    expect(await git(["-C", directory, "rev-parse", "refs/heads/mine"])).toMatch(/^[0-9a-f]{40}$/);
  });

  it("vendor the methodology where the agent mounts it", async () => {
    const directory = join(root, "plain/git.example.com/customers/globex.git");
    const text = await git(["-C", directory, "ls-tree", "-r", "--name-only", "main"]);
    expect(text.split("\n")).toContain("trajectory-methodology/METHODOLOGY.md");
    expect(await git(["-C", directory, "show", "main:README.md"])).toMatch(/^# Globex\n/);
  });
});

async function golden(): Promise<Awaited<ReturnType<typeof listSampleTags>>> {
  return JSON.parse(await readFile(GOLDEN, "utf8"));
}
