import { findSourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Maps stack traces of the program's own files to source lines, and leaves frames of packages alone.
 *
 * - The SDK installs `source-map-support`, which looks for a map in the file on disk; tsx keeps its
 *   maps in memory, for Node, so an error would show `solution.ts:1:720`.
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
  if (file.startsWith("node:") || file.includes("/node_modules/")) return text;
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !("originalLine" in entry)) return text;
  const path = file.startsWith("file:") ? fileURLToPath(file) : file;
  const position = `${path}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  return text.replace(`${file}:${line}:${column}`, () => position);
}
