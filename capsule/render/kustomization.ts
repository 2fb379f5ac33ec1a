import { isScalar, parseAllDocuments, visit } from "yaml";

export interface YamlRead {
  /** Plain values. */
  documents: unknown[];
  /** Why the text may mean something else to kustomize; follows the file's name in a sentence. */
  problem?: string;
}

/** Characters that end a line, or a text, for one YAML reader and not for another. */
const DISPUTED = /[^\P{Cc}\t\n\r]|\r(?!\n)|[\u0085\u2028\u2029\ufeff]/u;

/** Reads YAML that kustomize, whose reader is another, must understand in the same way. */
export function readYaml(content: Uint8Array): YamlRead {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return refused("is not UTF-8");
  }
  if (DISPUTED.test(text)) return refused("has a control character");
  if (/^%/m.test(text)) return refused("has a directive");
  const parsed = parseAllDocuments(text, { uniqueKeys: true, merge: false });
  const documents: unknown[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const [error] = document.errors;
    if (error !== undefined) return refused(`is no YAML (${error.message.split("\n")[0]})`);
    let odd: string | undefined;
    visit(document, {
      Node(_key, node) {
        if (node.tag !== undefined && node.tag !== "") odd ??= `has the tag ${node.tag}`;
      },
      Pair(_key, { key }) {
        if (!isScalar(key) || typeof key.value !== "string") odd ??= "has a key that is no text";
      },
    });
    if (odd !== undefined) return refused(odd);
    try {
      documents.push(document.toJS());
    } catch (error) {
      return refused(`is no YAML (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  return { documents };
}

export function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function refused(problem: string): YamlRead {
  return { documents: [], problem };
}
