import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { type JsonSchema, when } from "./schema/simplify.ts";
import { describe } from "./schemas.ts";
import {
  formatPath,
  isObject,
  type PropertyMap,
  type PropertyPath,
  UNKNOWN,
  type Value,
} from "./values.ts";

const compiled = new Map<string, ValidateFunction>();
let ajv: Ajv | undefined;

/**
 * Validates inputs against the types of azure-native. A value that is not known yet passes anywhere.
 *
 * @returns one sentence per problem, each naming the property; none quotes a value, which may be secret
 */
export function problemsOf(token: string, inputs: PropertyMap): string[] {
  let validate = compiled.get(token);
  if (!validate) {
    ajv ??= new Ajv({ allErrors: true, strict: false, messages: false });
    validate = ajv.compile(admitUnknown(describe(token).inputs));
    compiled.set(token, validate);
  }
  if (validate(inputs)) return [];
  const problems = (validate.errors ?? []).map((error) => sentence(error, inputs, token));
  return [...new Set(problems.filter((problem) => problem !== undefined))];
}

function sentence(error: ErrorObject, inputs: PropertyMap, token: string): string | undefined {
  const path = pathOf(error.instancePath, inputs);
  const at = formatPath(path);
  switch (error.keyword) {
    case "if":
      return undefined;
    case "additionalProperties": {
      const name = formatPath([...path, String(error.params.additionalProperty)]);
      return `'${name}' is not a property of ${token}`;
    }
    case "required":
      return `missing required property '${formatPath([...path, String(error.params.missingProperty)])}'`;
    case "enum":
      return `'${at}' must be one of ${JSON.stringify(error.params.allowedValues)}`;
    case "const":
      return `'${at}' must be ${JSON.stringify(error.params.allowedValue)}`;
    case "type":
      return `'${at}' must be of type ${error.params.type}`;
    default:
      return `'${at}' is not valid (${error.keyword})`;
  }
}

/** A JSON pointer writes list positions and names alike; the value tells them apart. */
function pathOf(pointer: string, inputs: PropertyMap): PropertyPath {
  const path: (string | number)[] = [];
  let value: Value | undefined = inputs;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(value)) {
      path.push(Number(name));
      value = value[Number(name)];
    } else {
      path.push(name);
      value = isObject(value) ? value[name] : undefined;
    }
  }
  return path;
}

/** Wraps every nested schema so that the marker of an unknown value satisfies it. */
function admitUnknown(schema: JsonSchema): JsonSchema {
  const orUnknown = (nested: JsonSchema): JsonSchema => ({
    if: { const: UNKNOWN },
    else: admitUnknown(nested),
  });
  const each = (schemas: Record<string, JsonSchema>, change: (nested: JsonSchema) => JsonSchema) =>
    Object.fromEntries(Object.entries(schemas).map(([name, nested]) => [name, change(nested)]));
  const result: JsonSchema = { ...schema };
  if (schema.properties) result.properties = each(schema.properties, orUnknown);
  if (schema.items) result.items = orUnknown(schema.items);
  if (typeof schema.additionalProperties === "object") {
    result.additionalProperties = orUnknown(schema.additionalProperties);
  }
  if (schema.allOf) {
    result.allOf = schema.allOf.map((branch) =>
      when(branch.if ?? {}, admitUnknown(branch.then ?? {})),
    );
  }
  if (schema.definitions) result.definitions = each(schema.definitions, admitUnknown);
  return result;
}
