import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatPath, parseText, schemaProblems } from "../../schemas/index.ts";

const FOLDER = new URL("../../schemas/", import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".schema.json"));

interface Schema {
  [key: string]: unknown;
  type?: string;
  additionalProperties?: unknown;
  title?: string;
}

function read(name: string): Schema {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
}

/** Every schema inside a schema that describes a map, with its path. */
function maps(value: unknown, path: string): [string, Schema][] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, item]) => maps(item, `${path}/${key}`));
  const schema = value as Schema;
  return schema.type === "object" ? [[path, schema], ...inner] : inner;
}

describe.each(NAMES)("%s", (name) => {
  it("names its dialect and itself, and says what it is for", () => {
    const schema = read(name);
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema.$id).toBe(name);
    expect(String(schema.description).length).toBeGreaterThan(40);
  });

  it("closes every map, and has a title for messages about it", () => {
    for (const [path, schema] of maps(read(name), "")) {
      const closed =
        schema.additionalProperties !== undefined ||
        // Closed by its branches, or by the schema that it extends.
        ("if" in schema && "then" in schema && "else" in schema) ||
        "allOf" in schema;
      expect(closed, path).toBe(true);
      if (!path.includes("/oneOf/")) expect(schema.title, path).toBeTypeOf("string");
    }
  });
});

describe("schemaProblems", () => {
  it.each([
    "release",
    "release-legacy",
    "decision",
    "catalogue",
    "compatibility",
    "platform",
    "solutions",
    "environment",
    "stack",
  ] as const)("refuses an empty map as %s", (schema) => {
    const problems = schemaProblems(schema, {});
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ message }) => message.startsWith("found no "))).toBe(true);
  });

  it("comes to an end when a map has more keys than could be held against each other", () => {
    const keys = Array.from({ length: 300_000 }, (_, index) => [`key${index}`, 0] as const);
    const problems = schemaProblems("capsule-config", Object.fromEntries(keys));
    // Two that are missing, besides.
    expect(problems).toHaveLength(keys.length + 2);
  });
});

describe("lineOf", () => {
  const text = `# A comment
first: 1
list:
  - id: a
    deep: { x: 1,
      y: 2 }

  - id: b
"7": seven
`;

  it.each([
    [["first"], 2],
    [["list"], 3],
    [["list", 0], 4],
    [["list", 0, "deep", "y"], 6],
    [["list", 1, "id"], 8],
    [["7"], 9],
    // What is not there is found where it would be.
    [["list", 0, "deep", "z"], 5],
    [["list", 5, "id"], 3],
    [["nowhere"], 2],
  ] as const)("finds %j in line %i", (path, line) => {
    const document = parseText("a.yaml", text, () => {});
    expect(document?.lineOf(path)).toBe(line);
  });
});

describe("formatPath", () => {
  it("writes keys that are no plain words in brackets", () => {
    expect(formatPath(["solutions", 3, "customer-repository"])).toBe(
      "solutions[3].customer-repository",
    );
    expect(formatPath(["config", "slipway:cells", 0])).toBe('config["slipway:cells"][0]');
  });
});
