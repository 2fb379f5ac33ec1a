import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

describe("docs/ARCHITECTURE.md", () => {
  it("says of every dependency what it is for, once, and of nothing else", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json"));
    const section = /^## Dependencies\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(
      read("docs/ARCHITECTURE.md"),
    );
    const rows = [...(section?.[1] ?? "").matchAll(/^\| `([^`]+)` \| \S.* \|$/gm)];
    const named = rows.map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
  });
});

/** What is around it, or stands for something outside. */
const NO_PRODUCT = ["bench", "node_modules", "sandbox", "test"];
const PRODUCT = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => !name.startsWith(".") && !NO_PRODUCT.includes(name))
  .filter((name) => sources(name).length > 0);

describe("the folders of the product", () => {
  const imports = new Map(PRODUCT.map((folder) => [folder, foldersOf(folder)]));

  it.each(PRODUCT)("import one way: nothing that %s imports leads back to it", (folder) => {
    const reached = new Set(imports.get(folder));
    for (const each of reached) for (const next of imports.get(each) ?? []) reached.add(next);
    expect([...reached]).not.toContain(folder);
  });

  it("are all in docs/ARCHITECTURE.md", () => {
    const rows = [...read("docs/ARCHITECTURE.md").matchAll(/^\| `([a-z]+)\/` \| \S/gm)];
    expect(rows.map(([, name]) => name)).toEqual(expect.arrayContaining(PRODUCT));
  });
});

describe("the sandbox's borders", () => {
  it("is imported by its own verb and by nothing else of the product", () => {
    const files = [...PRODUCT.flatMap(sources), "index.ts"];
    expect(files.length).toBeGreaterThan(100);
    const importers = files.filter((file) => importsOf(file).some(within("sandbox")));
    expect(importers).toEqual(["cli/sandbox/index.ts"]);
  });

  it("keeps the stand-in for azure-native to itself and the SDKs", () => {
    const outside = sources("sandbox/azure-native")
      .flatMap(importsOf)
      .filter((file) => !within("sandbox/azure-native")(file));
    // How a client of ARM is made from the environment, and how TypeScript is loaded: neither knows
    // of what is declared.
    expect(new Set(outside)).toEqual(new Set(["builds/azure-client.ts", "tools/compiled.mjs"]));
  });
});

/** The source files below a folder, relative to the checkout. */
function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ts|mjs)$/.test(name))
    .map((name) => path.join(folder, name));
}

/** Files of the checkout that a file imports, statically or not. */
function importsOf(file: string): string[] {
  const found = read(file).matchAll(/(?:from|import)[ (]*"(\.[^"]+)"/g);
  return [...found].map(([, to = ""]) => path.join(path.dirname(file), to));
}

/** The other folders that files of a folder import from. */
function foldersOf(folder: string): Set<string> {
  const names = sources(folder)
    .flatMap(importsOf)
    .filter((file) => file.includes("/"));
  return new Set(
    names.map((file) => file.split("/", 1).join("")).filter((name) => name !== folder),
  );
}

function within(folder: string): (file: string) => boolean {
  return (file) => file.startsWith(`${folder}/`);
}
