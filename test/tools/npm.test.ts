import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { launcherEntry } from "../../tools/entries.mjs";
import { findTool } from "../../tools/find.mjs";
import { fetchOfficialPulumi } from "../../tools/launcher.mjs";
import { ensurePackages } from "../../tools/npm.mjs";
import { silent } from "../../tools/progress.mjs";
import { temporaryCache, temporaryFolder } from "./helpers.ts";

let cache = "";

beforeEach(() => {
  cache = temporaryCache();
});
afterEach(() => vi.unstubAllEnvs());

/** An npm that logs its arguments and then runs `body`, with them as `args`. */
function fakeNpm(body: string): () => string[] {
  const dir = temporaryFolder();
  const log = path.join(dir, "log");
  const cli = path.join(dir, "npm-cli.js");
  writeFileSync(
    cli,
    `const fs = require("node:fs"); const path = require("node:path");
     const args = process.argv.slice(2);
     fs.appendFileSync(${JSON.stringify(log)}, args.join(" ") + "\\n");
     ${body}`,
  );
  vi.stubEnv("npm_execpath", cli);
  return () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);
}

describe("ensurePackages", () => {
  function projectWith(version: string): string {
    const root = temporaryFolder();
    lock(root, "package-lock.json", version);
    return root;
  }

  function lock(root: string, file: string, version: string): void {
    const packages = { "node_modules/a": { version, integrity: `sha512-${version}` } };
    writeFileSync(path.join(root, file), JSON.stringify({ packages }));
  }

  it("runs npm ci once for a lock file, and again when that changes", async () => {
    const calls = fakeNpm('fs.mkdirSync("node_modules", { recursive: true });');
    const root = projectWith("1.0.0");
    expect(await ensurePackages(root, silent)).toBe(true);
    expect(await ensurePackages(root, silent)).toBe(false);
    expect(calls()).toEqual(["ci --include=dev --no-audit --no-fund"]);
    lock(root, "package-lock.json", "1.0.1");
    expect(await ensurePackages(root, silent)).toBe(true);
    expect(calls()).toHaveLength(2);
  });

  it("leaves alone what npm install put there from the same lock file", async () => {
    const calls = fakeNpm("");
    const root = projectWith("1.0.0");
    mkdirSync(path.join(root, "node_modules"));
    lock(root, "node_modules/.package-lock.json", "1.0.0");
    await ensurePackages(root, silent);
    expect(calls()).toEqual([]);
    expect(await ensurePackages(root, silent)).toBe(false);
  });

  it("runs npm ci when something else is installed", async () => {
    const calls = fakeNpm("");
    const root = projectWith("1.0.0");
    mkdirSync(path.join(root, "node_modules"));
    lock(root, "node_modules/.package-lock.json", "0.9.0");
    await ensurePackages(root, silent);
    expect(calls()).toHaveLength(1);
  });

  it("tells npm's last lines and leaves no stamp when it fails", async () => {
    fakeNpm('console.error("E404"); process.exit(1);');
    const root = projectWith("1.0.0");
    const failure = ensurePackages(root, silent);
    await expect(failure).rejects.toMatchObject({ code: "install_failed" });
    await expect(failure).rejects.toThrow(/exit code 1[\s\S]*E404[\s\S]*Next: /);
    expect(existsSync(path.join(root, "node_modules"))).toBe(false);
  });
});

describe("fetchOfficialPulumi", () => {
  const INSTALL = `const to = path.join(args[args.indexOf("--prefix") + 1], "node_modules", "pulumi");
    fs.mkdirSync(to, { recursive: true });`;
  const LAUNCHER = `const fs = require("node:fs"); const path = require("node:path");
    const bin = path.join(process.env.PULUMI_HOME, "versions", process.env.PULUMI_VERSION, "bin");
    fs.mkdirSync(bin, { recursive: true });
    for (const name of ["pulumi", "pulumi-language-nodejs"]) fs.writeFileSync(path.join(bin, name), name);`;

  it("keeps the engine and the language host that the launcher fetched", async () => {
    vi.stubEnv("PATH", temporaryFolder());
    const version = launcherEntry().version;
    const write = (text: string) =>
      `${INSTALL} fs.writeFileSync(path.join(to, "run.js"), ${JSON.stringify(text)});`;
    const calls = fakeNpm(write(LAUNCHER));
    expect(await fetchOfficialPulumi(silent, temporaryFolder())).toBe(true);
    expect(calls()[0]).toContain(`pulumi@${version}`);
    expect(findTool("pulumi")).toBe(path.join(launcherEntry().dir, "pulumi"));
    expect(await fetchOfficialPulumi(silent, temporaryFolder())).toBe(true);
    expect(calls()).toHaveLength(1);
    expect(readdirSync(path.join(cache, "tmp"))).toEqual([]);
  });

  it("takes the launcher that is installed already", async () => {
    const calls = fakeNpm("process.exit(1);");
    const modules = temporaryFolder();
    const folder = path.join(modules, "pulumi");
    mkdirSync(folder);
    const { version } = launcherEntry();
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ version }));
    writeFileSync(path.join(folder, "run.js"), LAUNCHER);
    expect(await fetchOfficialPulumi(silent, modules)).toBe(true);
    expect(calls()).toEqual([]);
  });

  it.each([
    ["npm does not reach its registry", "process.exit(1);"],
    [
      "the launcher does not reach its site",
      `${INSTALL} fs.writeFileSync(path.join(to, "run.js"), "process.exit(1)");`,
    ],
    ["the launcher fetches nothing", `${INSTALL} fs.writeFileSync(path.join(to, "run.js"), "");`],
  ])("says false and leaves nothing behind when %s", async (_, body) => {
    fakeNpm(body);
    expect(await fetchOfficialPulumi(silent, temporaryFolder())).toBe(false);
    expect(existsSync(launcherEntry().dir)).toBe(false);
    expect(readdirSync(path.join(cache, "tmp"))).toEqual([]);
  });
});
