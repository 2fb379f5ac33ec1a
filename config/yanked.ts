import type { PlatformManifest, ReleaseRecord, ReleaseRegistry } from "../registry/index.ts";
import { type DocumentPath, type Problem, placeOf } from "../schemas/index.ts";
import { recordOf } from "./pointers.ts";
import type { Environment } from "./types.ts";

/**
 * Pointers and the newest platform manifest, where they name yanked releases. An older manifest is
 * history: it says what was frozen then, and no edit could put it right.
 *
 * These are problems of a check and of nothing else. A yank must not keep a fleet that runs the
 * release from converging, least of all onto another release: so reading a checkout goes on, and
 * `slipway up` refuses only what would run the release anew.
 */
export function yankedProblems(
  root: string,
  registry: ReleaseRegistry,
  environments: ReadonlyMap<string, Environment>,
): Problem[] {
  const found = (
    file: string,
    versions: ReadonlyMap<string, string>,
    at: (component: string) => DocumentPath,
  ) =>
    [...versions].flatMap(([component, version]): Problem[] => {
      const record = recordOf(registry, component, version);
      if (record?.yanked === undefined) return [];
      const message = `found ${yankedRelease(record)}, expected a release that stands; name another version`;
      return [{ ...placeOf(root, file, at(component)), code: "yanked", message }];
    });
  const newest = newestPlatform(registry.platforms);
  return [
    ...[...environments.values()].flatMap(({ file, versions, platform, overrides }) => [
      ...found(file, versions, (component) =>
        platform?.components.has(component) === true ? ["platform"] : ["versions", component],
      ),
      ...overrides.flatMap((override, index) =>
        found(file, override.versions, (name) => ["overrides", index, "versions", name]),
      ),
    ]),
    ...(newest === undefined
      ? []
      : found(newest.file, newest.components, (component) => ["components", component])),
  ];
}

/** A yanked release in a message: which one, since when and why. */
export function yankedRelease({ component, version, yanked }: ReleaseRecord): string {
  return `${component} ${version}, which was yanked on ${yanked?.decidedAt} (${yanked?.reason})`;
}

/** By the numbers of their versions; undefined where there is none. */
export function newestPlatform(
  platforms: readonly PlatformManifest[],
): PlatformManifest | undefined {
  return [...platforms].sort((a, b) => comparePlatforms(b.version, a.version))[0];
}

/** Order of two versions of platform manifests: 1 to 3 numbers; a missing one counts as 0. */
export function comparePlatforms(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split(".").map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (x?.[index] ?? 0) - (y?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
