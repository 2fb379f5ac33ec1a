import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
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
    ajv ??= new Ajv({
      allErrors: true,
      strict: false,
      messages: false,
      verbose: true,
      // The schemas are our own, and each engine operation compiles them anew.
      validateSchema: false,
      code: { optimize: false },
    });
    validate = ajv.compile(describe(token).inputs);
    compiled.set(token, validate);
  }
  if (validate(inputs)) return [];
  // Schemas without alternatives tell every problem at the very value that has it: an unknown one
  // has none of its own, and is no object that could have one further down.
  const errors = (validate.errors ?? []).filter(({ data }) => data !== UNKNOWN);
  const problems = errors.map((error) => sentence(error, inputs, token));
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
