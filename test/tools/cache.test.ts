import { appendFileSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  contentKey,
  isComplete,
  makeScratch,
  publish,
  sweepScratch,
  toolCacheDir,
} from "../../tools/cache.mjs";
import { GO_TOOLS } from "../../tools/catalogue.mjs";
import { goEntry } from "../../tools/entries.mjs";
import { identifyProcess, processTag } from "../../tools/process.mjs";
import { fakeGoTool, temporaryCache, temporaryFolder } from "./helpers.ts";

afterEach(() => vi.unstubAllEnvs());

describe("toolCacheDir", () => {
  const home = os.homedir();

  it("is SLIPWAY_TOOLS when that is set", () => {
    expect(toolCacheDir({ SLIPWAY_TOOLS: "/some/where" }, "linux")).toBe("/some/where");
    expect(toolCacheDir({ SLIPWAY_TOOLS: "/some/where" }, "darwin")).toBe("/some/where");
  });

  it("is the platform's cache folder otherwise", () => {
    expect(toolCacheDir({}, "linux")).toBe(path.join(home, ".cache/slipway"));
    expect(toolCacheDir({ XDG_CACHE_HOME: "/xdg" }, "linux")).toBe("/xdg/slipway");
    expect(toolCacheDir({ XDG_CACHE_HOME: "relative" }, "linux")).toBe(
      path.join(home, ".cache/slipway"),
    );
    expect(toolCacheDir({}, "darwin")).toBe(path.join(home, "Library/Caches/slipway"));
    expect(toolCacheDir({ LOCALAPPDATA: "/local" }, "win32")).toBe("/local/slipway/Cache");
  });
});

describe("contentKey", () => {
  it("is the same for the same files, wherever they are", () => {
    const [one, two] = [temporaryFolder(), temporaryFolder()];
    fakeGoTool(one);
    fakeGoTool(two);
    expect(contentKey([one], ["flag"])).toBe(contentKey([two], ["flag"]));
    expect(contentKey([one], ["flag"])).toMatch(/^[0-9a-f]{12}$/);
  });

  it("is a golden literal for known content", () => {
    const dir = temporaryFolder();
    writeFileSync(path.join(dir, "a"), "1");
    expect(contentKey([dir], ["x"])).toBe("abbcdf56e854");
  });

  it.each(["go.mod", "go.sum", "tools.go", "hello/cmd/hello/main.go"])(
    "changes when %s changes",
    (file) => {
      const dir = temporaryFolder();
      fakeGoTool(dir);
      const before = contentKey([dir], []);
      appendFileSync(path.join(dir, file), "\n// changed\n");
      expect(contentKey([dir], [])).not.toBe(before);
    },
  );

  it("changes when a file is renamed or a flag changes", () => {
    const dir = temporaryFolder();
    fakeGoTool(dir);
    const before = contentKey([dir], ["-X a=1"]);
    expect(contentKey([dir], ["-X a=2"])).not.toBe(before);
    renameSync(path.join(dir, "tools.go"), path.join(dir, "tool.go"));
    expect(contentKey([dir], ["-X a=1"])).not.toBe(before);
  });
});

describe("goEntry", () => {
  it("takes the version from the wrapper module's go.mod", () => {
    temporaryCache();
    const dir = temporaryFolder();
    expect(goEntry(fakeGoTool(dir))).toMatchObject({ id: "hello", version: "1.2.3" });
  });

  it("reads a version for every tool of the catalogue", () => {
    temporaryCache();
    for (const tool of Object.values(GO_TOOLS)) {
      expect(goEntry(tool).version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });
});

describe("publish", () => {
  const entryIn = (cache: string) => ({
    id: "x",
    version: "1",
    bins: ["x"],
    dir: path.join(cache, "x", "1"),
  });

  it("makes an entry complete, in the place of a half-done one", () => {
    const entry = entryIn(temporaryCache());
    mkdirSync(entry.dir, { recursive: true });
    writeFileSync(path.join(entry.dir, "x"), "half");
    expect(isComplete(entry)).toBe(false);
    const scratch = makeScratch("x");
    writeFileSync(path.join(scratch, "x"), "whole");
    publish(scratch, entry);
    expect(isComplete(entry)).toBe(true);
    expect(readdirSync(path.dirname(entry.dir))).toEqual(["1"]);
  });

  it("leaves an entry that is incomplete when a program is cut short", () => {
    const entry = entryIn(temporaryCache());
    const scratch = makeScratch("x");
    writeFileSync(path.join(scratch, "x"), "whole");
    publish(scratch, entry);
    writeFileSync(path.join(entry.dir, "x"), "who");
    expect(isComplete(entry)).toBe(false);
  });
});

describe("sweepScratch", () => {
  it("removes what dead processes left, and nothing else", () => {
    const cache = temporaryCache();
    const mine = path.basename(makeScratch("mine"));
    const reused = `reused@${processTag({ ...identifyProcess(), start: "1" })}`;
    const foreign = `foreign@${processTag({ host: "elsewhere", pid: 1, start: "1" })}`;
    for (const name of [reused, foreign, "nameless"]) mkdirSync(path.join(cache, "tmp", name));
    sweepScratch();
    expect(readdirSync(path.join(cache, "tmp")).sort()).toEqual([foreign, mine].sort());
  });

  it("says what to do when the cache cannot be written", () => {
    const file = path.join(temporaryFolder(), "file");
    writeFileSync(file, "");
    vi.stubEnv("SLIPWAY_TOOLS", path.join(file, "cache"));
    expect(() => makeScratch("x")).toThrow(/cannot be written .*Set SLIPWAY_TOOLS/);
  });
});
