import { isMap, isScalar, isSeq, LineCounter, type Pair, type ParsedNode } from "yaml";

/** Keys and indices from a document's root to a value. */
export type DocumentPath = readonly (string | number)[];

/** 1-based line of an offset into a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
  }
  return line;
}

/**
 * Lines of the values in a YAML text.
 *
 * @returns the 1-based line of the value at a path, or of the nearest thing around it that is there
 */
export function linesOf(text: string, root: ParsedNode | null): (path: DocumentPath) => number {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    lines.addNewLine(at + 1);
  }
  return (path) => {
    let offset = root?.range[0] ?? 0;
    let node: unknown = root;
    for (const step of path) {
      const next = enter(node, step);
      if (next === undefined) break;
      offset = next.offset;
      node = next.node;
    }
    return lines.linePos(offset).line;
  };
}

/** Text such as `solutions[3].id` for a path. */
export function formatPath(path: DocumentPath): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

function enter(
  node: unknown,
  step: string | number,
): { node: unknown; offset: number } | undefined {
  if (isMap<ParsedNode, ParsedNode | null>(node)) {
    const pair = node.items.find((item) => keyOf(item) === String(step));
    return pair === undefined ? undefined : { node: pair.value, offset: pair.key.range[0] };
  }
  if (isSeq<ParsedNode>(node) && typeof step === "number") {
    const item = node.items[step];
    return item === undefined ? undefined : { node: item, offset: item.range[0] };
  }
  return undefined;
}

function keyOf(pair: Pair<ParsedNode, unknown>): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}
