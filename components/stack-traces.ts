import { readFileSync } from "node:fs";
import { findSourceMap, SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/** Bundles of our own sources, with their maps beside them: see tools/compiled.mjs. */
const COMPILED = "/node_modules/.cache/slipway/";
const maps = new Map<string, SourceMap | undefined>();

/**
 * Maps stack traces of the program's own files to source lines, and leaves frames of packages alone.
 *
 * - The SDK installs `source-map-support`, which looks for a map in the file on disk; tsx keeps its
 *   maps in memory, for Node, so an error would show `solution.ts:1:720`. A bundle may be another
 *   checkout's with the same sources, and its map lead there.
 * - Node's own mapping covers packages, too, and turns the SDK's frames into paths such as
 *   `node_modules/@pulumi/resource.ts`. On those Node 20's `util.inspect` with colors, with which the
 *   engine prints errors, loops for 20 seconds until it runs out of string length
 *   (https://github.com/pulumi/pulumi/issues/21326 has the symptom).
 */
export function mapStackTraces(): void {
  Error.prepareStackTrace = (error, frames) =>
    [header(error), ...frames.map((frame) => `    at ${describeFrame(frame)}`)].join("\n");
}

/** As V8 begins a trace. */
function header(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "<error>"; // its own toString throws
  }
}

function describeFrame(frame: NodeJS.CallSite): string {
  const text = frame.toString();
  const file = frame.getFileName();
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (file == null || line === null || column === null) return text;
  const isCompiled = file.includes(COMPILED);
  if (file.startsWith("node:") || (file.includes("/node_modules/") && !isCompiled)) return text;
  const map = isCompiled ? mapOf(file) : findSourceMap(file);
  const entry = map?.findEntry(line - 1, column - 1);
  if (entry === undefined || !("originalLine" in entry)) return text;
  const source = isCompiled ? ownSource(entry.originalSource) : file;
  const path = source.startsWith("file:") ? fileURLToPath(source) : source;
  const position = `${path}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  return text.replace(`${file}:${line}:${column}`, () => position);
}

/** URL of a source in this checkout: a map leads from its own place in some checkout's packages. */
function ownSource(source: string): string {
  return new URL(source.replace(/^(?:\.\.\/)*/, "../"), import.meta.url).href;
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) {
    try {
      maps.set(file, new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(file)}.map`, "utf8"))));
    } catch {
      maps.set(file, undefined); // removed since: the bundle's own lines are better than no trace
    }
  }
  return maps.get(file);
}
