/** The file of `pulumi import`, and the call. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { nameOf } from "../engine/changes.ts";
import type { OpenStack } from "../engine/stack.ts";

/** A resource that is to enter the state; without an id, a component that others stand in. */
export interface Importable {
  urn: string;
  type: string;
  id?: string;
  /** URN; absent for a child of the stack. */
  parent?: string;
  /** URN of the provider, without its id. */
  provider?: string;
}

export interface ImportFile {
  /** Names of what the state has already. */
  nameTable: Record<string, string>;
  resources: Record<string, string | boolean>[];
}

const STACK = "pulumi:pulumi:Stack";

/**
 * @param resources parents before their children
 * @param present URNs that the state has
 */
export function importFile(
  resources: readonly Importable[],
  present: ReadonlySet<string>,
): ImportFile {
  const nameTable: Record<string, string> = {};
  const names = new Map(resources.map(({ urn }, index) => [urn, `resource${index}`]));
  const reference = (urn: string): string => {
    const inFile = names.get(urn);
    if (inFile !== undefined) return inFile;
    const name = `present${Object.keys(nameTable).length}`;
    const known = Object.entries(nameTable).find(([, value]) => value === urn)?.[0];
    if (known === undefined) nameTable[name] = urn;
    return known ?? name;
  };
  const entries = resources.map(({ urn, type, id, parent, provider }) => ({
    type,
    name: names.get(urn) ?? "",
    logicalName: nameOf(urn),
    ...(id === undefined ? { component: true } : { id }),
    ...(parent && (present.has(parent) || names.has(parent)) && !isStack(parent)
      ? { parent: reference(parent) }
      : {}),
    ...(provider && present.has(provider) ? { provider: reference(provider) } : {}),
  }));
  return { nameTable, resources: entries };
}

/** Imports without protecting anything: the program decides on that with the next update. */
export async function importResources(
  stack: OpenStack,
  resources: readonly Importable[],
  present: ReadonlySet<string>,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-import-"));
  try {
    const file = path.join(folder, "import.json");
    await writeFile(file, JSON.stringify(importFile(resources, present)));
    const flags = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"];
    await stack.call(["import", "--file", file, ...flags]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isStack(urn: string): boolean {
  return urn.split("::")[2] === STACK;
}
