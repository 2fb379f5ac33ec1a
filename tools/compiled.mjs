// Loads TypeScript of this checkout. tsx takes longer to start than most of what it starts, and
// slows every package down that is loaded after it, so the sources of an entry are bundled once,
// under node_modules/.cache, and loaded from there for as long as they read the same.
import { createHash, randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = path.dirname(import.meta.dirname);
const FOLDER = path.join(ROOT, "node_modules", ".cache", "slipway", "compiled");
/** How long a bundle may still be wanted that nobody loads: a run that takes long loads parts late. */
const KEPT_MS = 7 * 24 * 60 * 60_000;
/** What an output depends on besides its sources. */
const ALWAYS = ["tools/compiled.mjs", "tsconfig.json"];
/**
 * Where a bundle finds the place of its sources. It may be another checkout's with the same sources
 * and the same node_modules, so it has no path of its own.
 */
const PLACE = Symbol.for("slipway.sources");
const META = /\bimport\.meta\.(url|dirname|filename)\b/g;

/**
 * Imports a module of this checkout, from its bundle where there is one or a place for one.
 *
 * @param {string} entry path from the root, with forward slashes, of a file in TypeScript
 * @returns {Promise<unknown>} the module's exports
 */
export async function importCompiled(entry) {
  // Stack traces of sources are mapped by tsx.
  if (!process.env.SLIPWAY_DEBUG) {
    /** @type {string | undefined} */
    let file;
    try {
      file = cached(entry) ?? (await compile(entry));
      Object.assign(globalThis, { [PLACE]: { path: ROOT, url: pathToFileURL(ROOT).href } });
      return await import(pathToFileURL(file).href);
    } catch {
      // No place for a bundle, or one that does not load: the next run compiles anew.
      if (file !== undefined) forget(entry, file);
    }
  }
  const { register } = await import("tsx/esm/api");
  register();
  return await import(pathToFileURL(path.join(ROOT, entry)).href);
}

/**
 * @param {string} entry
 * @returns {string | undefined} its bundle, if every source still reads as it did then
 */
function cached(entry) {
  try {
    /** @type {{ inputs: string[], key: string, sizes: Record<string, number> }} */
    const { inputs, key, sizes } = JSON.parse(readFileSync(indexOf(entry), "utf8"));
    if (keyOf(inputs) !== key) return undefined;
    const file = fileOf(entry, key);
    const folder = path.dirname(file);
    touch(folder);
    const isWhole = Object.entries(sizes).every(
      ([name, size]) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.size === size,
    );
    if (isWhole) return file;
    // A crash of the machine cut it short.
    forget(entry, file);
    return undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} folder of a bundle that is wanted */
function touch(folder) {
  try {
    const now = new Date();
    utimesSync(folder, now, now);
  } catch {
    // Gone, which its sizes tell, or read-only: nobody removes it there.
  }
}

/**
 * @param {string} entry
 * @returns {Promise<string>} the bundle, kept under the key of exactly the text that went in
 */
async function compile(entry) {
  // Where there is no place for a bundle, none is made.
  mkdirSync(FOLDER, { recursive: true });
  const { build, stop } = await import("esbuild");
  /** @type {Map<string, Buffer>} */
  const sources = new Map();
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    entryNames: "entry",
    // As deep as the folder it will stand in: source maps lead from there to the sources.
    outdir: path.join(FOLDER, "draft"),
    bundle: true,
    splitting: true,
    write: false,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    outExtension: { ".js": ".mjs" },
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "silent",
    plugins: [
      {
        name: "sources",
        setup(builder) {
          builder.onLoad({ filter: /\.(?:ts|mjs|json)$/ }, ({ path: file }) => {
            const text = readFileSync(file);
            const source = path.relative(ROOT, file).split(path.sep).join("/");
            sources.set(source, text);
            if (file.endsWith(".json")) return { contents: text, loader: "default" };
            return {
              contents: placed(text.toString(), source),
              loader: file.endsWith(".ts") ? "ts" : "js",
            };
          });
        },
      },
    ],
  });
  // Its own process would otherwise stay for as long as this one.
  await stop();
  const inputs = [...sources.keys()].sort();
  const key = keyOf(inputs, (input) => sources.get(input));
  /** @type {Record<string, number>} */
  const sizes = {};
  const draft = path.join(FOLDER, `draft-${randomUUID()}`);
  mkdirSync(draft, { recursive: true });
  try {
    for (const { path: file, contents } of result.outputFiles) {
      const name = path.basename(file);
      sizes[name] = contents.length;
      writeFileSync(path.join(draft, name), contents);
    }
    putInPlace(draft, path.dirname(fileOf(entry, key)));
    writeWhole(indexOf(entry), JSON.stringify({ inputs, key, sizes }));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  removeOld();
  return fileOf(entry, key);
}

/**
 * Gives a module its own place back, which is the source's and not the bundle's.
 *
 * @param {string} text
 * @param {string} source
 */
function placed(text, source) {
  const place = `globalThis[Symbol.for(${JSON.stringify(PLACE.description)})]`;
  return text.replace(META, (_, property) => {
    if (property === "url") return `(${place}.url + ${JSON.stringify(`/${source}`)})`;
    const relative = property === "dirname" ? path.posix.dirname(source) : source;
    const below = relative === "." ? "" : `/${relative}`;
    return `(${place}.path + ${JSON.stringify(below.replaceAll("/", path.sep))})`;
  });
}

/**
 * @param {string} draft
 * @param {string} folder
 */
function putInPlace(draft, folder) {
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Another run was quicker, with the same text.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function removeOld() {
  for (const name of readdirSync(FOLDER)) {
    const file = path.join(FOLDER, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    const isOld = stats !== undefined && Date.now() - stats.mtimeMs > KEPT_MS;
    if (isOld && stats.isDirectory()) rmSync(file, { recursive: true, force: true });
  }
}

/**
 * Removes this bundle alone: one of other sources may be what a run of theirs still loads parts of.
 *
 * @param {string} entry
 * @param {string} file of its bundle
 */
function forget(entry, file) {
  try {
    rmSync(indexOf(entry), { force: true });
    rmSync(path.dirname(file), { recursive: true, force: true });
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
  for (const input of [...inputs, ...ALWAYS]) {
    const content = known(input) ?? readFileSync(path.join(ROOT, input));
    hash.update(JSON.stringify([input, content.length])).update(content);
  }
  return hash.digest("hex").slice(0, 32);
}

/** @param {string} entry */
function nameOf(entry) {
  return entry.replace(/\.ts$/, "").replaceAll("/", "-");
}

/** @param {string} entry */
function indexOf(entry) {
  return path.join(FOLDER, `${nameOf(entry)}.json`);
}

/**
 * @param {string} entry
 * @param {string} key
 */
function fileOf(entry, key) {
  return path.join(FOLDER, `${nameOf(entry)}-${key}`, "entry.mjs");
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
