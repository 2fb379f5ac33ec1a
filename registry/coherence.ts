import { rowGroups } from "./combinations.ts";
import type { LoadedRecords } from "./records.ts";
import type { Catalogue, CompatibilityRow } from "./types.ts";
import { rangeWithin, satisfiesRange } from "./versions.ts";

/** A row that says nothing new, or the opposite of other rows. */
export interface RowProblem {
  row: CompatibilityRow;
  message: string;
}

/** Recorded versions per component that a row has room for. */
type Room = ReadonlyMap<string, readonly string[]>;

/** Rows of other components have a say only where they share this many with a row. */
const PAIR = 2;

/**
 * What keeps rows, each sound by itself, from being one matrix. As the schema has it: a row is
 * redundant when another row of the same components has a range around each of its ranges, and a
 * contradiction when no recorded releases in its ranges are supported by the matrix as a whole.
 */
export function rowProblems(
  rows: readonly CompatibilityRow[],
  catalogue: Catalogue,
  loaded: LoadedRecords,
): RowProblem[] {
  const groups = rowGroups(rows);
  return rows.flatMap((row) => {
    const own = groups.find((group) => group.includes(row)) ?? [];
    const wider = own.find((other) => other !== row && isAround(catalogue, other, row, own));
    if (wider !== undefined) {
      return [
        {
          row,
          message: `found a row inside the row in line ${wider.line}, which supports all that it does, expected rows that add something; remove it or correct its ranges`,
        },
      ];
    }
    const room = roomOf(row, catalogue, loaded);
    const others = groups.filter((group) => group !== own && sharesPair(group[0], row));
    if (room === undefined || fits(room, others, catalogue)) return [];
    const lines = others.flatMap((group) => group.map(({ line }) => line)).join(", ");
    return [
      {
        row,
        message: `found a row that contradicts those in lines ${lines}: they name ${PAIR} or more of its components, and no recorded releases in its ranges are in theirs; widen one of them or remove the row`,
      },
    ];
  });
}

/** Of two rows that say the same, the later one is inside the earlier one. */
function isAround(
  catalogue: Catalogue,
  outer: CompatibilityRow,
  inner: CompatibilityRow,
  group: readonly CompatibilityRow[],
): boolean {
  if (!isWithin(catalogue, inner, outer)) return false;
  return !isWithin(catalogue, outer, inner) || group.indexOf(outer) < group.indexOf(inner);
}

function isWithin(catalogue: Catalogue, a: CompatibilityRow, b: CompatibilityRow): boolean {
  return [...a.ranges].every(([name, range]) => {
    const scheme = catalogue.components.get(name)?.scheme;
    return scheme !== undefined && rangeWithin(scheme, range, b.ranges.get(name) ?? "");
  });
}

function sharesPair(a: CompatibilityRow | undefined, b: CompatibilityRow): boolean {
  return [...(a?.ranges.keys() ?? [])].filter((name) => b.ranges.has(name)).length >= PAIR;
}

/** Undefined when a record of one of the components cannot be used: then nothing is known. */
function roomOf(
  { ranges }: CompatibilityRow,
  catalogue: Catalogue,
  { records, unusable }: LoadedRecords,
): Room | undefined {
  const known = [...ranges.keys()].every(
    (name) => ![...unusable].some((file) => file.startsWith(`releases/${name}/`)),
  );
  if (!known) return undefined;
  const all = new Map(
    [...ranges.keys()].map((name) => [name, (records.get(name) ?? []).map((r) => r.version)]),
  );
  return narrowed(all, ranges, catalogue);
}

/** Whether some versions in the room are in a row of each group. */
function fits(
  room: Room,
  groups: readonly (readonly CompatibilityRow[])[],
  catalogue: Catalogue,
): boolean {
  const [group, ...rest] = groups;
  if (group === undefined) return true;
  return group.some(({ ranges }) => {
    const left = narrowed(room, ranges, catalogue);
    return [...left.values()].every(({ length }) => length > 0) && fits(left, rest, catalogue);
  });
}

function narrowed(room: Room, ranges: ReadonlyMap<string, string>, catalogue: Catalogue): Room {
  return new Map(
    [...room].map(([name, versions]) => {
      const range = ranges.get(name);
      const scheme = catalogue.components.get(name)?.scheme;
      return range === undefined || scheme === undefined
        ? [name, versions]
        : [name, versions.filter((version) => satisfiesRange(scheme, version, range))];
    }),
  );
}
