import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ParsedNode, parseDocument, Schema } from "yaml";
import { type DocumentPath, formatPath, lineAt, linesOf } from "./position.ts";
import type { Problem, Report } from "./problem.ts";
import { dateTag, type FoundProblem, yamlProblems } from "./yaml-problems.ts";

/** A YAML file that was read: plain values, and lines for whoever finds something wrong with them. */
export interface Document {
  /** Path relative to the root of the checkout, with `/`. */
  file: string;
  /** What the file says; a map at its root. */
  data: Record<string, unknown>;
  /** 1-based line of the value at `path`, or of the nearest thing around it that is there. */
  lineOf(path: DocumentPath): number;
  /** As a problem names the value at `path`. */
  at(path: DocumentPath): Place;
}

/** Where in which file a value stands. */
export type Place = Required<Pick<Problem, "file" | "line" | "path">>;

/** Largest file that is read: ten thousand solutions take a third of it. */
const MAX_BYTES = 4 * 1024 * 1024;

/** More references to anchors than a person writes; a bomb needs many. */
const MAX_ALIASES = 20;

/** YAML 1.2's core schema, and dates; made once, not for each document. */
const SCHEMA = new Schema({ schema: "core", customTags: (tags) => [dateTag, ...tags] });

/**
 * Reads a YAML file of the checkout. Lines are computed only when something is asked about them.
 *
 * @param root folder of the checkout
 * @param file relative to `root`, with `/`
 * @returns undefined when the file can't be used; then at least one problem was reported
 */
export function readDocument(root: string, file: string, report: Report): Document | undefined {
  let text: string | undefined;
  try {
    text = readText(join(root, file), file, report);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const reason = error.message.split(",", 1)[0];
    report({
      code: "file-missing",
      file,
      message: `found a file that cannot be read (${reason}), expected YAML; put it or its permissions right`,
    });
  }
  return text === undefined ? undefined : parseText(file, text, report);
}

/** As `readDocument`, for text that stands somewhere else, such as in a commit. */
export function parseText(file: string, text: string, report: Report): Document | undefined {
  const found = (problem: FoundProblem) => report({ ...problem, file });
  const yaml = parseDocument<ParsedNode>(text, {
    schema: SCHEMA,
    prettyErrors: false,
    // The parser compares each key with each; `yamlProblems` asks a set.
    uniqueKeys: false,
    logLevel: "error",
  });
  const problems = yamlProblems(text, yaml);
  if (problems.length > 0) {
    problems.forEach(found);
    return undefined;
  }
  let data: unknown;
  try {
    data = yaml.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    found({
      code: "yaml-aliases",
      line: lineAt(text, text.search(/(?<=[\s[{,-])\*/)),
      message: `found more than ${MAX_ALIASES} values behind aliases (*name), which can grow without bound; write the values out`,
    });
    return undefined;
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    found({
      code: "schema",
      line: 1,
      message: `found ${Array.isArray(data) ? "a list" : data === null ? "nothing" : "a single value"}, expected a map of keys to values`,
    });
    return undefined;
  }
  let lines: ReturnType<typeof linesOf> | undefined;
  const lineOf = (path: DocumentPath) => {
    lines ??= linesOf(text, yaml.contents);
    return lines(path);
  };
  return {
    file,
    data: data as Record<string, unknown>,
    lineOf,
    at: (path) => ({ file, line: lineOf(path), path: formatPath(path) }),
  };
}

/** Where a value stands in a file that was read before; reads it again. */
export function placeOf(root: string, file: string, path: DocumentPath): Partial<Place> {
  const document = readDocument(root, file, () => {});
  return document?.at(path) ?? { file, path: formatPath(path) };
}

function readText(path: string, file: string, report: Report): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) {
    const found = stats === undefined ? "no such file" : "something that is not a file";
    report({ code: "file-missing", file, message: `found ${found}, expected YAML; create it` });
    return undefined;
  }
  if (stats.size > MAX_BYTES) {
    report({
      code: "file-too-large",
      file,
      message: `found ${stats.size} bytes, expected at most ${MAX_BYTES}; it was not read, make it smaller`,
    });
    return undefined;
  }
  // Decoding without a check is several times as fast; bad bytes leave this character behind.
  const text = readFileSync(path, "utf8");
  if (!text.includes("\uFFFD")) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    report({
      code: "yaml-syntax",
      file,
      message: "found bytes that are not UTF-8, expected UTF-8 text; save the file as UTF-8",
    });
    return undefined;
  }
}
