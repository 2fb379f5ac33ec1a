import { endpointMapFrom } from "../../builds/endpoints.ts";
import type { Difference, FileFacts } from "../../releasing/reproduce/index.ts";
import { reproduce as reproduceRelease } from "../../releasing/reproduce/index.ts";
import { anySourceToken } from "../engine/source-token.ts";
import { findRoot } from "../root.ts";
import type { Note } from "../types.ts";
import { openRegistry, recordNamed } from "./release.ts";

export interface ReproduceOptions {
  cwd?: string;
  /** `<component>@<version>` */
  release: string;
  note: Note;
}

/** The document of `slipway records reproduce`. */
export interface ReproduceDocument {
  /** Whether what is inside is the same; digests may differ, as times do. */
  ok: boolean;
  component: string;
  version: string;
  /** 40 hex; what was built again. */
  commit: string;
  /** `sha256:<hex>` of the record's artifact, or `h1:<base64>` of its Go module. */
  recorded: string;
  /** The same of what was built now; null for charts and binaries, which get theirs by a push. */
  rebuilt: string | null;
  /** By platform and layer, then path. */
  differences: readonly Difference[];
}

/** @throws SlipwayError with what keeps the release from being built again or compared */
export async function reproduce(options: ReproduceOptions): Promise<ReproduceDocument> {
  const root = findRoot(options.cwd);
  const registry = openRegistry(root);
  const record = recordNamed(registry, options.release);
  const component = registry.catalogue.components.get(record.component);
  if (component === undefined) throw new Error(`${record.file} is of no component`);
  const { recorded, rebuilt, differences } = await reproduceRelease({
    records: registry.records,
    component,
    record,
    token: await anySourceToken(root, component.repository.key),
    endpoints: endpointMapFrom(process.env),
    env: process.env,
    note: options.note,
  });
  return {
    ok: differences.length === 0,
    component: record.component,
    version: record.version,
    commit: record.source.commit,
    recorded,
    rebuilt: rebuilt ?? null,
    differences,
  };
}

export function printReproduction(document: ReproduceDocument): string {
  const { component, version, commit, differences } = document;
  const count = differences.length;
  const verdict =
    count === 0
      ? `${component} ${version} could be reproduced: ${commit} makes what was released`
      : `${component} ${version} could not be reproduced: ${count} difference${count > 1 ? "s" : ""}`;
  return [...differences.map(printDifference), verdict].join("\n");
}

function printDifference({ platform, layer, path, recorded, rebuilt }: Difference): string {
  const where = [platform, layer === undefined ? undefined : `layer ${layer}`, path || "all of it"]
    .filter((part) => part !== undefined)
    .join(": ");
  if (recorded === undefined) return `${where}: only in the rebuild`;
  if (rebuilt === undefined) return `${where}: only in the release`;
  if (!isFacts(recorded) || !isFacts(rebuilt)) {
    return `${where}: ${JSON.stringify(recorded)} -> ${JSON.stringify(rebuilt)}`;
  }
  const [one, other] = [new Map(Object.entries(recorded)), new Map(Object.entries(rebuilt))];
  const changes = [...new Set([...one.keys(), ...other.keys()])]
    .filter((name) => one.get(name) !== other.get(name))
    .map((name) => `${name} ${one.get(name) ?? "none"} -> ${other.get(name) ?? "none"}`);
  return `${where}: ${changes.join(", ")}`;
}

function isFacts(value: unknown): value is FileFacts {
  return typeof value === "object" && value !== null && "type" in value && "owner" in value;
}
