import type { Catalogue, CompatibilityMatrix, CompatibilityRow } from "./types.ts";
import { satisfiesRange } from "./versions.ts";

/** One version per component, as an environment or a platform manifest names them. */
export type Combination = ReadonlyMap<string, string>;

/** What the matrix says of a combination. */
export interface CombinationVerdict {
  supported: boolean;
  /** Lines of the rows that the combination is in. */
  rows: readonly number[];
  /** Per set of components that no row supports: what was found and what the nearest row asks for. */
  refusals: readonly string[];
  /** Components of the combination that no row names. */
  undeclared: readonly string[];
}

/** Fewer components than this have nothing to be compatible with. */
const PAIR = 2;

/**
 * Holds a combination against the matrix (D-26). Rows of the same components are alternatives; each
 * set of components of which the combination has two or more is to be supported by one of its rows.
 * Where the matrix names no two of its components, there is nothing against a combination.
 */
export function judgeCombination(
  catalogue: Catalogue,
  matrix: CompatibilityMatrix,
  combination: Combination,
): CombinationVerdict {
  const rows: number[] = [];
  const refusals: string[] = [];
  for (const group of rowGroups(matrix.rows)) {
    const [first] = group;
    const judged = [...(first?.ranges.keys() ?? [])].filter((name) => combination.has(name));
    if (judged.length < PAIR) continue;
    const misses = group.map((row) => ({ row, names: outside(catalogue, row, combination) }));
    const hits = misses.filter(({ names }) => names.length === 0);
    rows.push(...hits.map(({ row }) => row.line));
    if (hits.length > 0) continue;
    const [nearest] = misses.sort((a, b) => a.names.length - b.names.length);
    if (nearest === undefined) continue;
    const { row, names } = nearest;
    const found = judged.map((name) => `${name} ${combination.get(name)}`).join(", ");
    const expected = names.map((name) => `${name} ${row.ranges.get(name)}`).join(", ");
    refusals.push(`${found} is in no row; the nearest, in line ${row.line}, has ${expected}`);
  }
  const named = new Set(matrix.rows.flatMap(({ ranges }) => [...ranges.keys()]));
  return {
    supported: refusals.length === 0,
    rows: rows.sort((a, b) => a - b),
    refusals,
    undeclared: [...combination.keys()].filter((name) => !named.has(name)),
  };
}

/** Rows of the same components, together; in the order of their first rows. */
export function rowGroups(rows: readonly CompatibilityRow[]): CompatibilityRow[][] {
  const groups = new Map<string, CompatibilityRow[]>();
  for (const row of rows) {
    const key = [...row.ranges.keys()].sort().join(" ");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** Components whose version in the combination is not in the row's range. */
function outside(
  { components }: Catalogue,
  { ranges }: CompatibilityRow,
  combination: Combination,
): string[] {
  return [...ranges].flatMap(([name, range]) => {
    const scheme = components.get(name)?.scheme;
    const version = combination.get(name);
    if (scheme === undefined || version === undefined) return [];
    return satisfiesRange(scheme, version, range) ? [] : [name];
  });
}
