import { readFileSync } from "node:fs";
import type { TypeDescription } from "./schema/generate.ts";
import type { JsonSchema } from "./schema/simplify.ts";
import { isObject, type PropertyMap, type Value } from "./values.ts";

const DEFINITIONS = "#/definitions/";

let loaded: Record<string, TypeDescription> | undefined;

/** The inputs' schema and the outputs' names of a resource type or function, by its token. */
export function describe(token: string): TypeDescription {
  loaded ??= JSON.parse(
    readFileSync(new URL("schemas.generated.json", import.meta.url), "utf8"),
  ) as Record<string, TypeDescription>;
  const description = loaded[token];
  if (!description) throw new Error(`schemas.generated.json has no ${token}`);
  return description;
}

/**
 * Reduces outputs to the properties that are inputs too, at every level, in the shape of inputs: a
 * read-only property of ARM would otherwise look like a change that somebody made.
 */
export function projectToInputs(token: string, outputs: PropertyMap): PropertyMap {
  const { inputs } = describe(token);
  const projected = project(inputs, outputs, inputs.definitions ?? {});
  return isObject(projected) ? projected : {};
}

function project(
  schema: JsonSchema,
  value: Value,
  definitions: Record<string, JsonSchema>,
): Value | undefined {
  if (schema.$ref) {
    const target = definitions[schema.$ref.slice(DEFINITIONS.length)];
    return target ? project(target, value, definitions) : undefined;
  }
  if (schema.allOf && isObject(value)) {
    const branch = schema.allOf.find(
      ({ if: condition }) => condition?.properties?.type?.const === value.type,
    );
    return branch?.then ? project(branch.then, value, definitions) : undefined;
  }
  if (schema.items) {
    // User-assigned identities: a list as input, an object with the ids as keys as output.
    const list = isObject(value) ? Object.keys(value).sort() : value;
    if (!Array.isArray(list)) return undefined;
    const { items } = schema;
    return list.map((item) => project(items, item, definitions) ?? null);
  }
  if (!schema.properties && typeof schema.additionalProperties !== "object") {
    return isObject(value) || Array.isArray(value) ? undefined : value;
  }
  if (!isObject(value)) return undefined;
  const result: PropertyMap = {};
  for (const [name, item] of Object.entries(value)) {
    const property =
      schema.properties?.[name] ??
      (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
    const projected = property && project(property, item, definitions);
    if (projected !== undefined) result[name] = projected;
  }
  return result;
}
