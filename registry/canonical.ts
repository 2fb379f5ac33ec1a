import { Document, isMap, isScalar, Scalar, visit } from "yaml";

/** Keys whose values are days: quoted always, as a bare date is no text in YAML 1.1 (D-04). */
const DATES = ["released_at", "decided_at"];
/**
 * What the library writes bare or as a block, and PyYAML or Go reads as something else or not at
 * all: two types of YAML 1.1, line breaks, tabs and other control characters.
 */
const ODD = /^(?:=|<<)$|[\p{Cc}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]/u;
/** Characters that the library writes as they are, and that YAML lets stand as escapes only. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * The one YAML text of a map: keys in the order in which they stand, every text that another YAML
 * reader could take for something else in quotes, no folded lines. The same values, the same bytes.
 */
export function canonicalYaml(data: Readonly<Record<string, unknown>>): string {
  // YAML 1.1 as the compatible schema quotes `no`, dates and the like for PyYAML's sake.
  const document = new Document(data, { compat: "yaml-1.1", sortMapEntries: false });
  if (isMap(document.contents)) {
    for (const key of DATES) {
      const date = document.contents.get(key, true);
      if (isScalar(date)) date.type = Scalar.QUOTE_DOUBLE;
    }
  }
  visit(document, {
    Scalar(_key, node) {
      if (ODD.test(String(node.value))) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 }).replace(UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
