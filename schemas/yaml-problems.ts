import {
  type Alias,
  type Document,
  isAlias,
  isScalar,
  type ParsedNode,
  type ScalarTag,
  type YAMLError,
} from "yaml";
import { lineAt } from "./position.ts";
import type { Problem } from "./problem.ts";

/** A problem of a text whose file the caller knows. */
export type FoundProblem = Omit<Problem, "file">;

/** Levels of maps and lists; no file of ours has ten. */
const MAX_DEPTH = 64;

/** What PyYAML and other YAML 1.1 readers turn into a date (https://yaml.org/type/timestamp.html). */
const DATE =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?$/;

const DATE_MARK = "unquoted date ";

/** Has the parser itself point at dates, so that nothing is visited again for their sake. */
export const dateTag: ScalarTag = {
  tag: "tag:yaml.org,2002:timestamp",
  default: true,
  test: DATE,
  resolve(text, onError) {
    onError(DATE_MARK + text);
    return text;
  },
};

/** What keeps a parsed YAML text from being plain data: every bare date, and the first of other errors. */
export function yamlProblems(text: string, yaml: Document.Parsed): FoundProblem[] {
  const errors = [...yaml.errors, ...yaml.warnings];
  const isDate = (error: YAMLError) => error.message.startsWith(DATE_MARK);
  // Syntax errors after the first are most often its consequences.
  const problems = [
    ...errors.filter(isDate),
    ...errors.filter((error) => !isDate(error)).slice(0, 1),
  ].map((error) => syntaxProblem(text, error));
  if (problems.length === 0) visitNode({ text, problems, anchors: new Set() }, yaml.contents, 0);
  return problems;
}

function syntaxProblem(text: string, error: YAMLError): FoundProblem {
  const line = lineAt(text, error.pos[0]);
  if (error.message.startsWith(DATE_MARK)) {
    const date = error.message.slice(DATE_MARK.length);
    return {
      code: "unquoted-date",
      line,
      message: `found the bare date ${date}, which YAML 1.1 readers do not take as text; quote it: "${date}"`,
    };
  }
  if (error.message.includes("call stack")) return depthProblem(line);
  return {
    code: "yaml-syntax",
    line,
    message: `found text that is not plain YAML (${error.message.split("\n", 1)[0]}); correct it`,
  };
}

/** What a visit of a document's nodes carries along. */
interface Visit {
  text: string;
  problems: FoundProblem[];
  anchors: Set<string>;
}

/** Finds duplicate keys, keys that are no text, `$schema`, and aliases of nothing, wherever they stand. */
function visitNode(visit: Visit, node: ParsedNode | null, depth: number): void {
  if (node === null) return;
  const { text, problems, anchors } = visit;
  if (depth > MAX_DEPTH) {
    problems.push(depthProblem(lineAt(text, node.range[0])));
    return;
  }
  if (isAlias(node)) {
    if (!anchors.has(node.source)) problems.push(aliasProblem(text, node));
    return;
  }
  if (node.anchor !== undefined) anchors.add(node.anchor);
  if (!("items" in node)) return;
  const keys = new Set<string>();
  for (const item of node.items) {
    if (!("key" in item)) {
      visitNode(visit, item, depth + 1);
      continue;
    }
    const problem = keyProblem(text, item.key, keys);
    if (problem !== undefined) problems.push(problem);
    visitNode(visit, item.value, depth + 1);
  }
}

function depthProblem(line: number): FoundProblem {
  return {
    code: "yaml-syntax",
    line,
    message: `found values nested too deeply, expected at most ${MAX_DEPTH} levels; flatten the file`,
  };
}

function aliasProblem(text: string, node: Alias.Parsed): FoundProblem {
  return {
    code: "yaml-syntax",
    line: lineAt(text, node.range[0]),
    message: `found *${node.source}, an alias of nothing above it, expected text or a known anchor; quote it`,
  };
}

function keyProblem(text: string, node: ParsedNode, keys: Set<string>): FoundProblem | undefined {
  if (!isScalar(node)) {
    return {
      code: "yaml-syntax",
      line: lineAt(text, node.range[0]),
      message: "found a key that is a list, a map or an alias, expected text; write the key out",
    };
  }
  const key = String(node.value);
  if (keys.has(key)) {
    return {
      code: "yaml-duplicate-key",
      line: lineAt(text, node.range[0]),
      message: `found the key ${JSON.stringify(key)} a second time in one map, expected it once; remove one of the two`,
    };
  }
  keys.add(key);
  if (key === "$schema") {
    return {
      code: "schema-key",
      line: lineAt(text, node.range[0]),
      message:
        "found a $schema key, expected data alone: files are checked from outside; remove it",
    };
  }
  return undefined;
}
