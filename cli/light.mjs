// The path of commands that need nothing heavy. tsx alone takes longer to start than they take to
// run, so their code is compiled once, into one file under node_modules/.cache.
import { createHash, randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = path.dirname(import.meta.dirname);
const FOLDER = path.join(ROOT, "node_modules", ".cache", "slipway");
const INDEX = path.join(FOLDER, "light.json");
/** How long a file of former sources may still be wanted. */
const KEPT_MS = 60 * 60_000;
const ENTRY = "cli/main.ts";
/** Verbs whose own code is compiled in; all others are left out and cannot be run from here. */
const VERBS = new Set(["names"]);
const FLAGS = new Set(["-h", "--help", "-V", "--version"]);

/** @param {string | undefined} argument the first one after the program's name */
export function isLight(argument) {
  return argument === undefined || VERBS.has(argument) || FLAGS.has(argument);
}

/**
 * @returns {Promise<{ main(argv: readonly string[]): Promise<number> } | undefined>} the entry,
 *   compiled from the sources as they are now; undefined where there is no place to keep it
 */
export async function loadLight() {
  try {
    const file = cached() ?? (await compile());
    return await import(pathToFileURL(file).href);
  } catch (error) {
    // A file that a crash of the machine cut short: the next run compiles anew.
    forget();
    if (process.env.SLIPWAY_DEBUG) console.error(error);
    return undefined;
  }
}

/** @returns {string | undefined} the compiled file, if every source still reads as it did then */
function cached() {
  try {
    /** @type {{ inputs: string[], key: string }} */
    const { inputs, key } = JSON.parse(readFileSync(INDEX, "utf8"));
    return keyOf(inputs) === key ? fileOf(key) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @returns {Promise<string>} the compiled file, kept under the key of exactly the text that went in
 */
async function compile() {
  const { build } = await import("esbuild");
  /** @type {Map<string, Buffer>} */
  const sources = new Map();
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    banner: {
      js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
    },
    plugins: [
      {
        name: "light-verbs-only",
        setup(builder) {
          builder.onResolve({ filter: /\.ts$/ }, ({ kind, path: file, importer }) => {
            const verb = path.basename(path.dirname(importer));
            return kind === "dynamic-import" && !VERBS.has(verb)
              ? { path: file, external: true }
              : undefined;
          });
          builder.onLoad({ filter: /./ }, ({ path: file }) => {
            const contents = readFileSync(file);
            sources.set(path.relative(ROOT, file).split(path.sep).join("/"), contents);
            return { contents, loader: "default" };
          });
        },
      },
    ],
  });
  const inputs = [...sources.keys()].sort();
  const code = result.outputFiles[0]?.text ?? "";
  const key = keyOf(inputs, (input) => sources.get(input));
  mkdirSync(FOLDER, { recursive: true });
  writeWhole(fileOf(key), code);
  writeWhole(INDEX, JSON.stringify({ inputs, key }));
  removeOld(fileOf(key));
  return fileOf(key);
}

/** Files of former sources. One that a run is about to load was found a moment ago: age decides. */
function removeOld(/** @type {string} */ current) {
  for (const name of readdirSync(FOLDER)) {
    const file = path.join(FOLDER, name);
    if (file === current || file === INDEX) continue;
    const stats = statSync(file, { throwIfNoEntry: false });
    // A folder here is not of this path: tools/compiled.mjs keeps its own.
    if (stats?.isFile() && Date.now() - stats.mtimeMs > KEPT_MS) rmSync(file, { force: true });
  }
}

function forget() {
  try {
    rmSync(INDEX, { force: true });
  } catch {
    // There is no place for it: nothing to forget.
  }
}

/**
 * @param {readonly string[]} inputs paths relative to the root
 * @param {(input: string) => Buffer | undefined} [known] content that has been read already
 */
function keyOf(inputs, known = () => undefined) {
  const hash = createHash("sha256");
  for (const input of [...inputs, "cli/light.mjs"]) {
    const content = known(input) ?? readFileSync(path.join(ROOT, input));
    hash.update(JSON.stringify([input, content.length])).update(content);
  }
  return hash.digest("hex").slice(0, 32);
}

/** @param {string} key */
function fileOf(key) {
  return path.join(FOLDER, `light-${key}.mjs`);
}

/**
 * @param {string} file
 * @param {string} text
 */
function writeWhole(file, text) {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
