import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isComplete } from "../../tools/cache.mjs";
import { goEntry } from "../../tools/entries.mjs";
import { ToolError } from "../../tools/errors.mjs";
import { onPath } from "../../tools/find.mjs";
import { ensureGoTool, removeGoCaches } from "../../tools/go.mjs";
import { silent } from "../../tools/progress.mjs";
import {
  ended,
  fakeGoTool,
  program,
  script,
  TOOLS,
  temporaryCache,
  temporaryFolder,
} from "./helpers.ts";

const GO = onPath("go");
const COLD_BUILD_MS = 180_000;

beforeEach(() => vi.stubEnv("GOPROXY", "off"));
afterEach(() => vi.unstubAllEnvs());

/** Puts a `go` first on PATH that logs each call before it does its work. */
function loggedGo(body = `exec "${GO}" "$@"`): () => number {
  const dir = temporaryFolder();
  const log = path.join(dir, "log");
  program(path.join(dir, "bin"), "go", `echo "$@" >> "${log}"\n${body}`);
  vi.stubEnv("PATH", `${path.join(dir, "bin")}${path.delimiter}${process.env.PATH}`);
  return () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").length : 0);
}

describe.skipIf(GO === undefined)("ensureGoTool (skipped without Go on PATH)", () => {
  it(
    "builds once when two processes want the same tool, and leaves nothing else",
    async () => {
      const cache = temporaryCache();
      const dir = temporaryFolder();
      const tool = fakeGoTool(dir);
      const calls = loggedGo();
      const body = `
        const { silent } = await import(${JSON.stringify(path.join(TOOLS, "progress.mjs"))});
        await m.ensureGoTool(${JSON.stringify(tool)}, silent);
        await m.removeGoCaches(silent);`;
      const both = [script("go.mjs", body), script("go.mjs", body)];
      expect(await Promise.all(both.map(ended))).toEqual([0, 0]);
      expect(calls()).toBe(1);
      const entry = goEntry(tool);
      expect(isComplete(entry)).toBe(true);
      const run = spawnSync(path.join(entry.dir, "hello"), { encoding: "utf8" });
      expect(run.stderr).toBe("hello\n");
      expect(readdirSync(cache).sort()).toEqual(["hello", "locks", "tmp"]);
      expect(readdirSync(path.join(cache, "tmp"))).toEqual([]);
    },
    COLD_BUILD_MS,
  );

  it(
    "builds anew over a half-built entry, and anew for a changed module",
    async () => {
      temporaryCache();
      const dir = temporaryFolder();
      const tool = fakeGoTool(dir);
      const first = goEntry(tool);
      mkdirSync(first.dir, { recursive: true });
      writeFileSync(path.join(first.dir, "hello"), "half a program");
      const calls = loggedGo();
      await ensureGoTool(tool, silent);
      expect(isComplete(first)).toBe(true);
      appendFileSync(path.join(dir, "hello/cmd/hello/main.go"), "// changed\n");
      const second = await ensureGoTool(tool, silent);
      expect(second.dir).not.toBe(first.dir);
      expect(calls()).toBe(2);
      await removeGoCaches(silent);
    },
    COLD_BUILD_MS,
  );
});

describe("ensureGoTool", () => {
  it("tells command, exit code, last lines and what to do when a build fails", async () => {
    const cache = temporaryCache();
    const tool = fakeGoTool(temporaryFolder());
    loggedGo(
      `echo "error: a cause long before the end" >&2; seq 1 30 | sed 's/^/line /' >&2; exit 3`,
    );
    const failure = await ensureGoTool(tool, silent).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(ToolError);
    const { code, message } = failure as ToolError;
    expect(code).toBe("build_failed");
    expect(message).toContain("exit code 3, expected 0");
    expect(message).toMatch(/command: \S*go build -v -o \S+ example.invalid\/hello\/cmd\/hello/);
    expect(message).toContain("first errors:\n    error: a cause long before the end\n");
    expect(message).toContain("line 11\n");
    expect(message).not.toContain("line 10\n");
    expect(message).toContain("line 30\nNext: ");
    expect(existsSync(goEntry(tool).dir)).toBe(false);
    expect(readdirSync(path.join(cache, "tmp"))).toEqual([]);
  });

  it("says that Go is needed when there is none", async () => {
    temporaryCache();
    vi.stubEnv("PATH", temporaryFolder());
    const failure = ensureGoTool(fakeGoTool(temporaryFolder()), silent);
    await expect(failure).rejects.toMatchObject({ code: "tool_missing" });
    await expect(failure).rejects.toThrow(/hello 1\.2\.3 .* needs Go.* Install Go/);
  });
});

describe("setup.mjs", () => {
  it("finds everything without Go when it ran before", () => {
    const calls = loggedGo("exit 1");
    const run = spawnSync(process.execPath, [path.join(TOOLS, "setup.mjs"), "--for", "run"], {
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
    expect(calls()).toBe(0);
    expect(run.stdout).toMatch(/^pulumi +\d+\.\d+\.\d+ +\S.* \/\S+$/m);
  });

  it("refuses other arguments with exit code 2", () => {
    const run = spawnSync(process.execPath, [path.join(TOOLS, "setup.mjs"), "--for", "fun"], {
      encoding: "utf8",
    });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('got "--for fun", expected');
  });
});
