import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  visit,
  type YAMLMap,
} from "yaml";

export interface YamlRead {
  /** Plain values. */
  documents: unknown[];
  /** Why the text may mean something else to kustomize; follows the file's name in a sentence. */
  problem?: string;
}

/** A kustomization has some kilobytes; what is parsed takes a thousand times its size in memory. */
const MAX_BYTES = 1024 * 1024;
/** A document, its maps, lists and a text in them: composing them, and visiting them, is recursive. */
const MAX_DEPTH = 100;
/** Anchors and aliases: each alias is looked up among all of both. */
const MAX_ANCHORS = 1_000;
/** Characters that end a line, or a text, for one YAML reader and not for another. */
const DISPUTED = /[^\P{Cc}\t\n\r]|\r(?!\n)|[\u0085\u2028\u2029\ufeff]/u;

/** Why a text is not read; follows the file's name in a sentence. */
class Unreadable extends Error {}

/** Reads YAML that kustomize, whose reader is another, must understand in the same way. */
export function readYaml(content: Uint8Array): YamlRead {
  try {
    return { documents: documentsOf(textOf(content)) };
  } catch (error) {
    if (error instanceof Unreadable) return { documents: [], problem: error.message };
    // The library's, for an alias of nothing, or too many of one thing.
    if (error instanceof ReferenceError) {
      return { documents: [], problem: `is no YAML (${error.message})` };
    }
    throw error;
  }
}

export function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function textOf(content: Uint8Array): string {
  if (content.byteLength > MAX_BYTES) {
    throw new Unreadable(`has ${content.byteLength} bytes, more than ${MAX_BYTES}`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new Unreadable("is not UTF-8");
  }
  if (DISPUTED.test(text)) throw new Unreadable("has a control character");
  if (/^%/m.test(text)) throw new Unreadable("has a directive");
  return text;
}

function documentsOf(text: string): unknown[] {
  const lines = new LineCounter();
  const no = (offset: number, message: string): Unreadable =>
    new Unreadable(`is no YAML (line ${lines.linePos(offset).line}: ${message})`);
  // Keys are compared below: the composer compares each with each.
  const composer = new Composer({ uniqueKeys: false });
  return [...composer.compose(tokensOf(text, lines, no))].map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw no(error.pos[0], error.message);
    refuseOdd(document);
    return document.toJS();
  });
}

/**
 * The parser's tokens, up to the first that is an error, or that is too deep: unlike the composer, the
 * parser keeps a stack of its own.
 */
function* tokensOf(
  text: string,
  lines: LineCounter,
  no: (offset: number, message: string) => Unreadable,
): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === "error") throw no(token.offset, token.message);
      yield token;
    }
    if (parser.stack.length > MAX_DEPTH) {
      throw new Unreadable(`has more than ${MAX_DEPTH} values in one another`);
    }
  }
  yield* parser.end();
}

/** Refuses what readers of YAML take for different things, and what takes one of them long. */
function refuseOdd(document: Document): void {
  let anchors = 0;
  visit(document, {
    Node(_key, node) {
      if (node.tag !== undefined) {
        throw new Unreadable(`has the tag ${node.tag}`);
      }
      if (isAlias(node) || node.anchor !== undefined) anchors += 1;
      if (anchors > MAX_ANCHORS) {
        throw new Unreadable(`has more than ${MAX_ANCHORS} anchors and aliases`);
      }
      if (isMap(node)) refuseOddKeys(node);
    },
  });
}

function refuseOddKeys({ items }: YAMLMap): void {
  const keys = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key) || typeof key.value !== "string") {
      throw new Unreadable("has a key that is no text");
    }
    if (keys.has(key.value)) {
      throw new Unreadable(`has the key ${JSON.stringify(key.value)} twice in one map`);
    }
    keys.add(key.value);
  }
}
