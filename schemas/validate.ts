import { readFileSync } from "node:fs";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Document } from "./document.ts";
import { type DocumentPath, formatPath } from "./position.ts";
import type { Problem, ProblemCode, Report } from "./problem.ts";
import { sentence } from "./sentence.ts";

/** The schemas of this folder, by the first part of their file's name. */
export type SchemaName =
  | "release"
  | "release-legacy"
  | "decision"
  | "catalogue"
  | "compatibility"
  | "platform"
  | "solutions"
  | "environment"
  | "stack"
  | "capsule-manifest"
  | "capsule-config"
  | "capsule-release"
  | "signers";

/** A JSON Schema of this folder, as far as messages ask for it. */
interface Annotated {
  "x-problem"?: ProblemCode;
}

const validators = new Map<SchemaName, ValidateFunction>();
let ajv: Ajv2020 | undefined;

/**
 * Checks a document against a schema and fills in the schema's defaults.
 *
 * @returns the document's data, or undefined when something was reported
 */
export function validateDocument<T>(
  schema: SchemaName,
  document: Document,
  report: Report,
): T | undefined {
  const problems = schemaProblems(schema, document.data);
  for (const { path, about, ...problem } of problems) {
    report({
      ...problem,
      file: document.file,
      line: document.lineOf(about),
      ...(path.length > 0 && { path: formatPath(path) }),
    });
  }
  return problems.length === 0 ? (document.data as T) : undefined;
}

/** What is wrong with a value; `about` is the path whose line says it best. */
export interface SchemaProblem extends Pick<Problem, "code" | "message"> {
  path: DocumentPath;
  about: DocumentPath;
}

/** As `validateDocument`, for a value that stands in no file. */
export function schemaProblems(schema: SchemaName, data: unknown): SchemaProblem[] {
  const validate = validator(schema);
  if (validate(data)) return [];
  const all = validate.errors ?? [];
  const choices = choicesIn(all);
  const errors = all.filter((error) => !isPartOfAnother(error, choices));
  return errors.map((error) => {
    const path = pathOf(error.instancePath, data);
    const extra = extraKey(error);
    const parent = (error.parentSchema ?? {}) as Annotated;
    return {
      code: parent["x-problem"] ?? "schema",
      message: sentence(error),
      path: extra === undefined ? path : [...path, extra],
      about: extra === undefined ? path : [...path, extra],
    };
  });
}

function validator(name: SchemaName): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  ajv ??= createAjv();
  const compiled = ajv.compile(readSchema(name));
  validators.set(name, compiled);
  return compiled;
}

function createAjv(): Ajv2020 {
  const created = new Ajv2020({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    // Each start compiles them: tests check the schemas themselves, once.
    validateSchema: false,
    code: { optimize: false },
  });
  addFormats.default(created, ["date"]);
  created.addVocabulary(["x-problem"]);
  created.addSchema(readSchema("common"));
  return created;
}

function readSchema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`./${name}.schema.json`, import.meta.url), "utf8"));
}

/** Where the schema has the choices that were not met: no more than it has, however many errors there are. */
function choicesIn(errors: readonly ErrorObject[]): string[] {
  const choices = errors.filter(({ keyword }) => keyword === "oneOf" || keyword === "anyOf");
  return [...new Set(choices.map(({ schemaPath }) => `${schemaPath}/`))];
}

/** Errors of a choice's branches say less than the choice's own. */
function isPartOfAnother({ keyword, schemaPath }: ErrorObject, choices: readonly string[]) {
  if (keyword === "if" || keyword === "propertyNames") return true;
  return choices.some((choice) => schemaPath.startsWith(choice));
}

/** The key that an error is about, where the error stands at the map around it. */
function extraKey(error: ErrorObject): string | undefined {
  if (error.propertyName !== undefined) return error.propertyName;
  const { additionalProperty: key }: { additionalProperty?: unknown } = error.params;
  return typeof key === "string" ? key : undefined;
}

/** JSON pointer to path; a number only where the value is a list. */
function pathOf(pointer: string, data: unknown): DocumentPath {
  let value = data;
  return pointer
    .split("/")
    .slice(1)
    .map((part) => {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const step = Array.isArray(value) ? Number(key) : key;
      value = (value as Record<string | number, unknown> | undefined)?.[step];
      return step;
    });
}
