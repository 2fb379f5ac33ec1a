import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CompletedConfig,
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  SchemaGenerator,
} from "ts-json-schema-generator";
import { type JsonSchema, simplify } from "./simplify.ts";

/** What the plugin knows of one resource type or function. */
export interface TypeDescription {
  /** Self-contained JSON Schema of the inputs, enums strict. */
  inputs: JsonSchema;
  /** Names of the output properties; empty for a function. */
  outputs: string[];
}

type Program = ReturnType<typeof createProgram>;
type TypeNode = Parameters<SchemaGenerator["createSchemaFromNodes"]>[0][number];

/** The parts of an interface declaration that are read; the generator brings its own TypeScript. */
interface Declaration {
  name?: { text: string };
  members?: { name: { text: string }; type: TypeNode }[];
}

export interface GenerateOptions {
  /** Folder that holds `node_modules` and `tsconfig.json`. */
  checkout: string;
}

/**
 * Reads the argument types of `@pulumi/azure-native` that `input-types.ts` names.
 *
 * @returns descriptions by token, keys sorted; the content of `schemas.generated.json`
 * @throws when a type can't be resolved, which would otherwise accept any input
 */
export function generateSchemas(options: GenerateOptions): Record<string, TypeDescription> {
  const entry = join(import.meta.dirname, "input-types.ts");
  const config: CompletedConfig = {
    ...DEFAULT_CONFIG,
    path: entry,
    tsconfig: join(options.checkout, "tsconfig.json"),
    type: "*",
    skipTypeCheck: true,
    expose: "export",
    topRef: false,
    jsDoc: "none",
    encodeRefs: false,
  };
  const program = createProgram(config);
  const result: Record<string, TypeDescription> = {};
  for (const [token, node] of argumentTypes(program, entry)) {
    // A generator per type: enums of different modules share names, and one run would mix them up.
    const parser = createParser(program, config);
    const generator = new SchemaGenerator(program, parser, createFormatter(config), config);
    const schema = generator.createSchemaFromNodes([node]) as JsonSchema;
    result[token] = { inputs: simplify(schema), outputs: outputNames(options.checkout, token) };
  }
  return result;
}

function argumentTypes(program: Program, entry: string): [token: string, type: TypeNode][] {
  const statements = (program.getSourceFile(entry)?.statements ?? []) as readonly unknown[];
  const declared = (statements as Declaration[]).find(({ name }) => name?.text === "InputTypes");
  if (!declared?.members) throw new Error("input-types.ts: no interface InputTypes");
  return declared.members
    .map(({ name, type }): [string, TypeNode] => [name.text, type])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The `readonly x: pulumi.Output<...>` members of the resource's class, from its declaration file. */
function outputNames(checkout: string, token: string): string[] {
  const [, module = "", type = ""] = token.split(":");
  const file = `${type.charAt(0).toLowerCase()}${type.slice(1)}.d.ts`;
  const path = join(checkout, "node_modules/@pulumi/azure-native", module, file);
  if (!existsSync(path)) throw new Error(`${token}: no declaration at ${path}`);
  const source = readFileSync(path, "utf8");
  return [...source.matchAll(/^ {4}readonly (\w+): pulumi\.Output</gm)].map(
    ([, name]) => name ?? "",
  );
}
