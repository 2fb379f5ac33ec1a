/**
 * Every rule of every schema meets a document that breaks it alone. With a rule taken out, its
 * document passes; a rule without such a document fails the last test.
 */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { type SchemaName, schemaProblems } from "../../schemas/index.ts";
import { TABLES } from "./keywords-table.ts";
import type { SchemaTable } from "./keywords-values.ts";

type Json = Record<string, unknown>;

/** A document that breaks one rule. */
interface Broken {
  title: string;
  data: unknown;
  /** How many problems are found. */
  problems: number;
}

const CONSTRAINTS = new Set(
  `type enum const not pattern format minimum maximum multipleOf minLength maxLength minItems maxItems
  uniqueItems items minProperties propertyNames additionalProperties oneOf required dependentRequired`.split(
    /\s+/,
  ),
);

const ENTRIES = Object.entries(TABLES) as [SchemaName, SchemaTable][];

describe.each(ENTRIES)("the %s schema", (name, table) => {
  const broken = brokenOf(table);

  it("takes a document with every key", () => {
    expect(schemaProblems(name, structuredClone(table.document))).toEqual([]);
  });

  it.each(broken)("refuses $title", ({ data, problems }) => {
    expect(schemaProblems(name, structuredClone(data))).toHaveLength(problems);
  });

  it("has no rule that no document meets", () => {
    const schema = read(name);
    const before = compile(schema, read("common"));
    const unmet = rulesOf(schema, "").filter(({ without }) => {
      const count = compile(without(), read("common"));
      return isUnmet(count, before, table, broken);
    });
    expect(unmet.map(({ path }) => path)).toEqual([]);
  });
});

it("meets every rule of the terms that schemas share", () => {
  const all = ENTRIES.map(([name, table]) => {
    const schema = read(name);
    return { schema, table, before: compile(schema, read("common")), broken: brokenOf(table) };
  });
  const unmet = rulesOf(read("common"), "").filter(({ without }) =>
    all.every(({ schema, table, before, broken }) =>
      isUnmet(compile(schema, without()), before, table, broken),
    ),
  );
  expect(unmet.map(({ path }) => path)).toEqual([]);
});

/** Whether every document is taken or refused as before; of several errors, one says enough. */
function isUnmet(
  count: (data: unknown) => number,
  before: (data: unknown) => number,
  { document }: SchemaTable,
  broken: readonly Broken[],
): boolean {
  if (count(structuredClone(document)) > 0) return false;
  return broken.every(({ data, problems }) => {
    const [now, then] = [count(structuredClone(data)), before(structuredClone(data))];
    return now === then || (problems === 1 && now > 0 && now < then);
  });
}

/** @returns how many errors a document has */
function compile(schema: Json, common: Json): (data: unknown) => number {
  const ajv = new Ajv2020({ strict: false, useDefaults: true, allErrors: true });
  addFormats.default(ajv, ["date"]);
  ajv.addSchema(common);
  const validate = ajv.compile(schema);
  return (data) => (validate(data) ? 0 : (validate.errors?.length ?? 0));
}

interface Rule {
  path: string;
  /** The schema without this rule. */
  without(): Json;
}

/** Every constraint below a schema; of lists of keys, each key. */
function rulesOf(root: Json, name: string): Rule[] {
  const rules: Rule[] = [];
  const visit = (value: unknown, path: readonly string[], isSchema: boolean) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      const here = [...path, key];
      if (isSchema && isConstraint(key, item)) rules.push(...rulesAt(root, name, here, item));
      if (key === "enum" || key === "const" || key === "default") continue;
      visit(item, here, !isSchema || !isMapOfSchemas(key));
    }
  };
  visit(root, [], true);
  return rules;
}

function isConstraint(key: string, item: unknown): boolean {
  return CONSTRAINTS.has(key) && (!isOfItems(key) || item === false);
}

/** A constraint only where it allows none. */
function isOfItems(key: string): boolean {
  return key === "additionalProperties" || key === "items";
}

/** Whether the keys below are names and no keywords. */
function isMapOfSchemas(key: string): boolean {
  return ["properties", "patternProperties", "$defs", "dependentRequired"].includes(key);
}

function rulesAt(root: Json, name: string, path: readonly string[], item: unknown): Rule[] {
  const rule = (more: readonly string[]): Rule => ({
    path: `${name}${[...path, ...more].join("/")}`,
    without: () => without(root, [...path, ...more]),
  });
  const key = path.at(-1);
  if (key === "required" && Array.isArray(item)) return item.map((_, index) => rule([`${index}`]));
  if (key === "dependentRequired" && typeof item === "object" && item !== null) {
    return Object.entries(item as Record<string, string[]>).flatMap(([of, keys]) =>
      keys.map((_, index) => rule([of, `${index}`])),
    );
  }
  return [rule([])];
}

function without(root: Json, path: readonly string[]): Json {
  const copy = structuredClone(root);
  const parent = at(copy, path.slice(0, -1)) as Json;
  const last = path.at(-1) ?? "";
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

function brokenOf({ document, refused, keys = [], ...paths }: SchemaTable): Broken[] {
  const each = (list = "", what: string, edit: (path: string[]) => unknown): Broken[] =>
    list
      .split(/\s+/)
      .filter((path) => path !== "")
      .map((path) => ({ title: `${what} ${path}`, data: edit(partsOf(path)), problems: 1 }));
  const put = (path: readonly string[], value: unknown) => edited(document, path, value);
  return [
    ...each(paths.maps, "no map at", (path) => put(path, 7)),
    ...each(paths.lists, "no list at", (path) => put(path, 7)),
    ...each(paths.texts, "no text at", (path) => put(path, 7)),
    ...each(paths.flags, "neither true nor false at", (path) => put(path, 7)),
    ...each(paths.closed, "an unknown key at", (path) => put([...path, "surplus"], 7)),
    ...each(paths.required, "a document without", (path) => put(path, undefined)),
    ...refused.map(([path, value, problems = 1], index) => ({
      title: `${path} when it is ${JSON.stringify(value).slice(0, 60)} (${index})`,
      data: put(partsOf(path), value),
      problems,
    })),
    ...keys.map(([path, key]) => {
      const parts = partsOf(path);
      const sibling = Object.values(at(document, parts) as Json)[0];
      return {
        title: `the key ${key.slice(0, 60)} of ${path}`,
        data: put([...parts, key], sibling),
        problems: 1,
      };
    }),
  ];
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function edited(document: unknown, path: readonly string[], value: unknown): unknown {
  const holder = structuredClone({ document }) as Json;
  const parent = at(holder, ["document", ...path].slice(0, -1)) as Json;
  const last = ["document", ...path].at(-1) ?? "";
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return holder.document;
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((found, part) => (found as Json)[part], value);
}

function read(name: string): Json {
  const file = new URL(`../../schemas/${name}.schema.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Json;
}
