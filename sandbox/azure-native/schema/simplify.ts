export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  if?: JsonSchema;
  then?: JsonSchema;
  else?: JsonSchema;
  const?: unknown;
  enum?: unknown[];
  definitions?: Record<string, JsonSchema>;
  description?: string;
  $schema?: string;
}

type Definitions = Record<string, JsonSchema>;

const PREFIX = "#/definitions/";

/**
 * Turns the schema of a program's arguments into that of the values which reach a provider:
 * the alternatives `Promise` and `OutputInstance` go, a `string | Enum` becomes the enum, and a union
 * of objects told apart by a constant `type` becomes one condition per constant, so that an error
 * names the property and not every alternative.
 *
 * @param schema as ts-json-schema-generator writes it
 * @throws when a part of it would accept anything
 */
export function simplify(schema: JsonSchema): JsonSchema {
  const source = schema.definitions ?? {};
  const kept: Definitions = {};
  const { definitions: _, $schema: __, ...root } = schema;
  const simplified = visit(root, source, kept, "inputs");
  const top = simplified.$ref ? resolve(simplified.$ref, kept) : simplified;
  const definitions = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== top));
  return { ...top, ...(Object.keys(definitions).length > 0 ? { definitions } : {}) };
}

/** A conditional schema. */
function when(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  // biome-ignore lint/suspicious/noThenProperty: the JSON Schema keyword
  return { if: condition, then: consequence };
}

function visit(node: JsonSchema, source: Definitions, kept: Definitions, at: string): JsonSchema {
  if (node.$ref) return reference(node.$ref, source, kept);
  if (node.anyOf) return union(node.anyOf, source, kept, at);
  const result: JsonSchema = {};
  if (node.type) result.type = node.type;
  if (node.enum) result.enum = node.enum;
  if (node.const !== undefined) result.const = node.const;
  if (node.required) result.required = node.required;
  if (node.items) result.items = visit(node.items, source, kept, `${at}[]`);
  if (node.properties) {
    result.properties = Object.fromEntries(
      Object.entries(node.properties).map(([name, value]) => [
        name,
        visit(value, source, kept, `${at}.${name}`),
      ]),
    );
  }
  if (typeof node.additionalProperties === "object") {
    result.additionalProperties = visit(node.additionalProperties, source, kept, `${at}.*`);
  } else if (node.type === "object") {
    result.additionalProperties = false;
  }
  if (Object.keys(result).length === 0) throw new Error(`${at}: the type was not resolved`);
  return result;
}

/** `Input<T>` is written out in place; named types become definitions of the result. */
function reference(ref: string, source: Definitions, kept: Definitions): JsonSchema {
  const name = ref.slice(PREFIX.length);
  const target = resolve(ref, source);
  if (name.startsWith("Input<")) return visit(target, source, kept, name);
  if (!(name in kept)) {
    kept[name] = {};
    Object.assign(kept[name] as JsonSchema, visit(target, source, kept, name));
  }
  return { $ref: ref };
}

function union(
  alternatives: JsonSchema[],
  source: Definitions,
  kept: Definitions,
  at: string,
): JsonSchema {
  const values = alternatives.filter((alternative) => !isPromiseOrOutput(alternative));
  const visited = values.map((value) => visit(value, source, kept, at));
  const namesEnum = visited.some((value) => value.$ref && isEnum(resolve(value.$ref, kept)));
  const strict = namesEnum
    ? visited.filter((value) => value.type !== "string" || isEnum(value))
    : visited;
  const [only] = strict;
  if (strict.length === 1 && only) return only;
  const tagged = strict.map((value) => ({ value, tag: typeConstant(value, kept) }));
  if (tagged.every(({ tag }) => tag !== undefined)) {
    return {
      type: "object",
      required: ["type"],
      properties: { type: { enum: tagged.map(({ tag }) => tag) } },
      allOf: tagged.map(({ value, tag }) =>
        when({ type: "object", properties: { type: { const: tag } }, required: ["type"] }, value),
      ),
    };
  }
  return { anyOf: strict };
}

/** `Promise<T>` comes as an empty schema with a note, `OutputInstance<T>` as a definition. */
function isPromiseOrOutput(node: JsonSchema): boolean {
  if (node.$ref) return node.$ref.slice(PREFIX.length).startsWith("OutputInstance<");
  return Object.keys(node).every((key) => key === "description");
}

/** An enum of one value comes as a constant. */
function isEnum(node: JsonSchema): boolean {
  return node.enum !== undefined || node.const !== undefined;
}

function typeConstant(node: JsonSchema, kept: Definitions): unknown {
  const target = node.$ref ? resolve(node.$ref, kept) : node;
  return target.properties?.type?.const;
}

function resolve(ref: string, definitions: Definitions): JsonSchema {
  const target = definitions[ref.slice(PREFIX.length)];
  if (!target) throw new Error(`no definition of ${ref}`);
  return target;
}
