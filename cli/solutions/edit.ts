/**
 * Edits of `solutions.yaml` as text: the lines that an edit is about change, all others stay byte
 * for byte. The YAML library says where things stand; where a layout defeats the splice, its
 * Document API writes the file, which keeps comments and order too.
 */
import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { SlipwayError } from "../../schemas/problem.ts";

/** Keys in the order in which a new entry is written; values are plain YAML. */
export type EntryFields = Readonly<Record<string, unknown>>;

interface Splice {
  at: number;
  /** Characters that are replaced. */
  length: number;
  text: string;
}

/**
 * @param fields of the new entry, `id` first
 * @returns the file with the entry after the last one, in that one's style
 */
export function addEntry(text: string, fields: EntryFields): string {
  const document = parse(text);
  const list = solutionsOf(document);
  const splice = additionTo(text, list, fields);
  list.add(document.createNode(fields));
  return settle(text, splice, document);
}

/** @returns the file with the fields of one entry set, e.g. `{ state: "retired" }` */
export function setFields(text: string, id: string, fields: EntryFields): string {
  // Each goes behind the entry's name, so that the last one goes first.
  return Object.entries(fields).reduceRight((current, [key, value]) => {
    const document = parse(current);
    const entry = entryOf(document, id);
    const splice = fieldIn(current, entry, key, value);
    entry.set(key, value);
    return settle(current, splice, document);
  }, text);
}

/** @returns the environment of entries that name none */
export function defaultEnvironment(text: string): string | undefined {
  const value = parse(text).getIn(["defaults", "environment"]);
  return typeof value === "string" ? value : undefined;
}

function parse(text: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    const where = line === undefined ? {} : { line };
    const message = error.message.split("\n")[0] ?? "not YAML";
    throw new SlipwayError({ code: "yaml-syntax", file: "solutions.yaml", ...where, message });
  }
  return document;
}

function solutionsOf(document: Document): YAMLSeq {
  const list = document.get("solutions", true);
  if (isSeq(list)) return list;
  throw new SlipwayError({
    code: "schema",
    file: "solutions.yaml",
    path: "solutions",
    message: "is not a list; write `solutions: []` to begin one",
  });
}

function entryOf(document: Document, id: string): YAMLMap {
  for (const item of solutionsOf(document).items) {
    if (isMap(item) && item.get("id") === id) return item;
  }
  throw new SlipwayError({
    code: "unknown-solution",
    file: "solutions.yaml",
    message: `has no solution ${JSON.stringify(id)}; "slipway solutions list" names those there are`,
  });
}

/** The spliced text if it says what the edited document says, else the document as the library writes it. */
function settle(text: string, splice: Splice | undefined, edited: Document): string {
  if (splice !== undefined) {
    const spliced = text.slice(0, splice.at) + splice.text + text.slice(splice.at + splice.length);
    const again = parseDocument(spliced);
    if (again.errors.length === 0 && isDeepStrictEqual(again.toJS(), edited.toJS())) return spliced;
  }
  return edited.toString({ lineWidth: 0 });
}

function additionTo(text: string, list: YAMLSeq, fields: EntryFields): Splice | undefined {
  const [first] = list.items;
  const last = list.items.at(-1);
  if (!isMap(first) || !isMap(last) || !first.range || !last.range || !list.range) {
    return list.range ? firstEntry(text, list.range, fields) : undefined;
  }
  const flow = last.flow === true ? flowMap(fields) : undefined;
  const end = contentEnd(last);
  if (end === undefined) return undefined;
  if (list.flow === true) return { at: end, length: 0, text: `, ${flowMap(fields)}` };
  const at = lineEnd(text, end);
  const indent = " ".repeat(columnOf(text, text.lastIndexOf("-", first.range[0])));
  const body = flow ?? blockMap(fields, `${indent}  `, lineBreak(text));
  return { at, length: 0, text: `${lineBreak(text)}${indent}- ${body}` };
}

/** Where the list is empty: `solutions: []`. */
function firstEntry(
  text: string,
  [start, end]: readonly [number, number, number],
  fields: EntryFields,
): Splice {
  const br = lineBreak(text);
  return { at: start, length: end - start, text: `${br}  - ${blockMap(fields, "    ", br)}` };
}

function fieldIn(text: string, entry: YAMLMap, key: string, value: unknown): Splice | undefined {
  const present = entry.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.value;
  if (present !== undefined) {
    if (!isScalar(present) || !present.range) return undefined;
    const [at, end] = present.range;
    return { at, length: end - at, text: scalar(value) };
  }
  const anchor = entry.get("name", true) ?? entry.get("id", true);
  if (!isScalar(anchor) || !anchor.range || !entry.range) return undefined;
  const [start, end] = anchor.range;
  const field = `${key}: ${scalar(value)}`;
  if (entry.flow === true) return { at: end, length: 0, text: `, ${field}` };
  if (text.slice(start, end).includes("\n")) return undefined;
  const indent = " ".repeat(columnOf(text, entry.range[0]));
  return { at: lineEnd(text, end), length: 0, text: `${lineBreak(text)}${indent}${field}` };
}

/** Offset behind the last character of a map's values, before trailing comments and breaks. */
function contentEnd(map: YAMLMap): number | undefined {
  if (!map.range) return undefined;
  if (map.flow === true) return map.range[1];
  const last = map.items.at(-1)?.value;
  if (isMap(last)) return contentEnd(last);
  return isScalar(last) &&
    last.range &&
    last.type !== "BLOCK_LITERAL" &&
    last.type !== "BLOCK_FOLDED"
    ? last.range[1]
    : undefined;
}

function blockMap(fields: EntryFields, indent: string, br: string): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${scalar(value)}`)
    .join(`${br}${indent}`);
}

function flowMap(fields: EntryFields): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}: ${scalar(value, true)}`);
  return `{ ${pairs.join(", ")} }`;
}

function scalar(value: unknown, inFlow = false): string {
  const plain = stringify(value, { lineWidth: 0 }).trimEnd();
  const quoted = inFlow && /[,[\]{}]/.test(plain) && !/^["']/.test(plain);
  return quoted || plain.includes("\n") ? JSON.stringify(value) : plain;
}

function lineBreak(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Offset of the line break that ends the line of `offset`, or of the end of the text. */
function lineEnd(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  if (found === -1) return text.length;
  return text[found - 1] === "\r" ? found - 1 : found;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
