import type { ErrorObject } from "ajv";

/** The annotations of our schemas that messages are made of. */
interface Annotations {
  title?: string;
  writeOnly?: boolean;
  properties?: Record<string, { title?: string }>;
}

/** Longest piece of a value that a message repeats. */
const MAX_SHOWN = 60;

/** What was found, what was expected and what to do, for one error of the schema validator. */
export function sentence(error: ErrorObject): string {
  const schema = (error.parentSchema ?? {}) as Annotations;
  const params: { missingProperty?: unknown; property?: unknown; type?: unknown } = error.params;
  const expected = schema.title ?? plainly(error);
  switch (error.keyword) {
    case "required":
    case "dependentRequired": {
      const missing = String(params.missingProperty);
      const because =
        error.keyword === "required" ? "" : ` beside ${JSON.stringify(params.property)}`;
      const what = schema.properties?.[missing]?.title;
      return `found no ${JSON.stringify(missing)}${because}, expected ${what ?? expected}; add ${JSON.stringify(missing)}`;
    }
    case "additionalProperties": {
      const known = Object.keys(schema.properties ?? {}).join(", ");
      return `found an unknown key, expected ${known === "" ? "no other key" : `one of ${known}`}; correct or remove it`;
    }
    case "type": {
      const text = /\bstring\b/.test(String(params.type)) && isBare(error.data);
      return `found ${shown(error, schema)}, expected ${expected}; ${text ? "put it in quotes" : "correct it"}`;
    }
    default:
      return `found ${shown(error, schema)}, expected ${expected}; correct it`;
  }
}

/** A value as a message may repeat it: short, on one line. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return `a map of ${Object.keys(value).join(", ") || "nothing"}`;
  if (typeof value !== "string") return `the ${typeof value} ${String(value)}`;
  const text = JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
  return value.length > MAX_SHOWN ? `${text} (${value.length} characters)` : text;
}

function shown(error: ErrorObject, schema: Annotations): string {
  if (schema.writeOnly === true) return "something else";
  return error.propertyName === undefined
    ? describe(error.data)
    : `the key ${JSON.stringify(error.propertyName)}`;
}

/** A number, a boolean or nothing: what YAML makes of text that nobody quoted. */
function isBare(value: unknown): boolean {
  return value === null || typeof value === "number" || typeof value === "boolean";
}

/** For schemas without a title: the validator's own words. */
function plainly(error: ErrorObject): string {
  return (error.message ?? error.keyword).replace(/^must (be |have )?/, "");
}
