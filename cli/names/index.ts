import { azureNames, type NamedSolution } from "../../naming/index.ts";

export interface NamesOptions {
  id: string;
}

/**
 * @returns the names of a solution, whether or not the checkout has one of that id
 * @throws SlipwayError with code `solution-id`
 */
export function names({ id }: NamesOptions): NamedSolution {
  const { hash, apps, shares, storages } = azureNames(id);
  return { solution_id: id, hash, apps, shares, storages };
}

export function printNames(named: NamedSolution): string {
  const lines: string[][] = [["hash", named.hash]];
  for (const group of ["apps", "shares", "storages"] as const) {
    for (const [key, name] of Object.entries(named[group])) lines.push([`${group}.${key}`, name]);
  }
  const width = Math.max(...lines.map(([label]) => label?.length ?? 0));
  return lines.map(([label = "", value = ""]) => `${label.padEnd(width)}  ${value}`).join("\n");
}
