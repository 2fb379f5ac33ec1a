import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";

const ORIGIN = path.join(import.meta.dirname, "../..");
const CACHE = "node_modules/.cache/slipway/compiled";

describe("importCompiled", () => {
  let root: string;

  beforeEach(() => {
    root = folder();
    mkdirSync(path.join(root, "node_modules"));
    for (const name of ["esbuild", "tsx"]) {
      symlinkSync(path.join(ORIGIN, "node_modules", name), path.join(root, "node_modules", name));
    }
  });

  it("bundles once, with what is imported late, and uses it again", async () => {
    expect(await run(root)).toMatchObject({ sum: 3, late: "late", bundled: true });
    const compiled = everything(root);
    expect(await run(root)).toMatchObject({ sum: 3, late: "late", bundled: true });
    expect(everything(root)).toEqual(compiled);
  });

  it.each(["room/part.ts", "room/late.ts", "room/facts.json", "tsconfig.json"])(
    "is never used when %s has changed",
    async (file) => {
      await run(root);
      const before = bundles(root);
      const text = readFileSync(path.join(root, file), "utf8");
      write(
        root,
        file,
        text.replace('"late"', '"later"').replace("2", "40").replace("red", "blue"),
      );
      const result = await run(root);
      expect(result).toMatchObject({ bundled: true });
      expect([result.sum, result.late]).toEqual(
        { "room/part.ts": [41, "late"], "room/late.ts": [3, "later"] }[file] ?? [3, "late"],
      );
      expect(result.colour).toBe(file === "room/facts.json" ? "blue" : "red");
      expect(bundles(root)).toHaveLength(before.length + 1);
    },
  );

  it("gives modules the place of their sources, also from another checkout's bundle", async () => {
    const first = await run(root);
    const other = folder();
    symlinkSync(path.join(root, "node_modules"), path.join(other, "node_modules"));
    const compiled = everything(root);
    const second = await run(other);
    expect(everything(root)).toEqual(compiled);
    for (const [at, { bundled, place }] of [
      [root, first],
      [other, second],
    ] as const) {
      expect(bundled).toBe(true);
      expect(place).toEqual([
        pathToFileURL(path.join(at, "room/part.ts")).href,
        path.join(at, "room"),
        path.join(at, "room/part.ts"),
        at,
      ]);
    }
  });

  it("makes a bundle anew when a crash cut it short or took a part of it", async () => {
    await run(root);
    const compiled = everything(root);
    const [bundle = ""] = bundles(root);
    for (const file of readdirSync(path.join(root, CACHE, bundle))) {
      const whole = path.join(root, CACHE, bundle, file);
      writeFileSync(whole, readFileSync(whole, "utf8").slice(0, 20));
      expect(await run(root)).toMatchObject({ sum: 3, late: "late", bundled: true });
      rmSync(whole);
      expect(await run(root)).toMatchObject({ sum: 3, late: "late", bundled: true });
      expect(everything(root)).toEqual(compiled);
    }
  });

  it("runs the sources when a bundle does not load, and makes it anew the next time", async () => {
    await run(root);
    const [bundle = ""] = bundles(root);
    const file = path.join(root, CACHE, bundle, "entry.mjs");
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, "(".repeat(whole.length));
    expect(await run(root)).toMatchObject({ sum: 3, bundled: false });
    expect(await run(root)).toMatchObject({ sum: 3, bundled: true });
    expect(readFileSync(file, "utf8")).toBe(whole);
  });

  it("runs the sources where there is no place for a bundle, and under SLIPWAY_DEBUG", async () => {
    expect(await run(root, { SLIPWAY_DEBUG: "1" })).toMatchObject({ sum: 3, bundled: false });
    expect(existsSync(path.join(root, CACHE))).toBe(false);
    write(root, "node_modules/.cache", "a file where a folder should be");
    expect(await run(root)).toMatchObject({ sum: 3, bundled: false });
  });

  it("uses a bundle that it may not touch", async () => {
    await run(root);
    const fails = ["mkdirSync", "renameSync", "rmSync", "utimesSync", "writeFileSync"];
    write(
      root,
      "read-only.mjs",
      `import fs from "node:fs";
       import { syncBuiltinESMExports } from "node:module";
       for (const name of ${JSON.stringify(fails)}) {
         fs[name] = () => { throw Object.assign(new Error("EROFS"), { code: "EROFS" }); };
       }
       syncBuiltinESMExports();`,
    );
    const preload = pathToFileURL(path.join(root, "read-only.mjs")).href;
    expect(await run(root, { NODE_OPTIONS: `--import ${preload}` })).toMatchObject({
      sum: 3,
      bundled: true,
    });
  });

  it("makes no bundle where there is no place to keep it", async () => {
    const compiler = path.join(root, "node_modules/esbuild");
    rmSync(compiler);
    write(root, "node_modules/esbuild/index.js", 'console.error("compiles");');
    write(root, "node_modules/.cache", "a file where a folder should be");
    const { stderr } = await execa(process.execPath, [path.join(root, "main.mjs")]);
    expect(stderr).not.toContain("compiles");
  });

  it("serves runs that start at once", async () => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => run(root)));
    expect(runs.every(({ sum }) => sum === 3)).toBe(true);
    expect(bundles(root)).toHaveLength(1);
    expect(everything(root).filter((name) => /draft/.test(name))).toEqual([]);
  });

  it("tells the error of the sources when they cannot be compiled", async () => {
    write(root, "room/part.ts", "export const sum = (;");
    await expect(run(root)).rejects.toThrow(/part\.ts/);
  });

  it("leaves the bundle alone that others still load parts of, when new sources fail", async () => {
    await run(root);
    const before = bundles(root);
    write(root, "room/part.ts", "export const sum = (;");
    await expect(run(root)).rejects.toThrow(/part\.ts/);
    expect(bundles(root)).toEqual(before);
  });
});

interface Result {
  sum: number;
  late: string;
  place: string[];
  bundled: boolean;
  colour: string;
}

async function run(root: string, env: Record<string, string> = {}): Promise<Result> {
  const { stdout } = await execa(process.execPath, [path.join(root, "main.mjs")], { env });
  return JSON.parse(stdout) as Result;
}

/** A checkout without packages: what is loaded, and how. */
function folder(): string {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "slipway-compiled-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(path.join(root, "tools"));
  cpSync(path.join(ORIGIN, "tools/compiled.mjs"), path.join(root, "tools/compiled.mjs"));
  write(root, "package.json", '{"type":"module"}');
  write(root, "tsconfig.json", '{"compilerOptions":{"target":"ES2022"}}');
  write(
    root,
    "main.mjs",
    `import { importCompiled } from "./tools/compiled.mjs";
     const { result } = await importCompiled("entry.ts");
     console.log(JSON.stringify(await result()));`,
  );
  write(
    root,
    "entry.ts",
    `import facts from "./room/facts.json" with { type: "json" };
     import { bundled, place, sum } from "./room/part.ts";
     export async function result(): Promise<object> {
       const { late } = await import("./room/late.ts");
       return { sum, late, place: [...place, import.meta.dirname], bundled, ...facts };
     }`,
  );
  write(
    root,
    "room/part.ts",
    `export const sum: number = 1 + 2;
     export const place: string[] = [import.meta.url, import.meta.dirname, import.meta.filename];
     export const bundled = new Error().stack?.includes(".cache") ?? false;`,
  );
  write(root, "room/facts.json", '{"colour":"red"}');
  write(root, "room/late.ts", 'export const late: string = "late";');
  return root;
}

function write(root: string, file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

function everything(root: string): string[] {
  return readdirSync(path.join(root, CACHE), { recursive: true, encoding: "utf8" }).sort();
}

function bundles(root: string): string[] {
  return readdirSync(path.join(root, CACHE)).filter((name) => !name.endsWith(".json"));
}
