import { loadRegistry, type ReleaseRecord, type ReleaseRegistry } from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/index.ts";
import { parseRelease } from "../release-name.ts";

/** @throws SlipwayError with every problem of `releases/` */
export function openRegistry(root: string): ReleaseRegistry {
  const problems: Problem[] = [];
  const registry = loadRegistry(root, (problem) => problems.push(problem));
  if (registry === undefined || problems.length > 0) throw new SlipwayError(problems);
  return registry;
}

/** @throws SlipwayError with code `unknown-component` */
export function recordsOf(registry: ReleaseRegistry, component: string): readonly ReleaseRecord[] {
  const records = registry.records.get(component);
  if (records !== undefined) return records;
  const known = [...registry.catalogue.components.keys()].sort().join(", ");
  throw new SlipwayError({
    code: "unknown-component",
    message: `the catalogue has no component ${JSON.stringify(component)}; there are: ${known}`,
  });
}

/**
 * @param release `<component>@<version>`
 * @throws SlipwayError with code `usage`, `unknown-component` or `version-unrecorded`
 */
export function recordNamed(registry: ReleaseRegistry, release: string): ReleaseRecord {
  const { component, version } = parseRelease(release);
  const records = recordsOf(registry, component);
  const record = records.find((candidate) => candidate.version === version);
  if (record !== undefined) return record;
  const known = records.map((candidate) => candidate.version).join(", ") || "none";
  throw new SlipwayError({
    code: "version-unrecorded",
    message: `${component} has no record of version ${version}; recorded are: ${known}`,
  });
}
