import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Report, readDocument, validateDocument } from "../schemas/index.ts";
import { canonicalYaml } from "./canonical.ts";
import type { PlatformDocument } from "./document-types.ts";
import type { WriteOutcome } from "./finish.ts";
import { type LoadedRecords, recordFile } from "./records.ts";
import type { Catalogue, PlatformManifest } from "./types.ts";

const FOLDER = "releases/platform";

/** Path of a platform manifest, relative to the root of the checkout. */
export function platformFile(version: string): string {
  return `${FOLDER}/v${version}.yaml`;
}

/** Reads the platform manifests `releases/platform/v<X>.yaml` (D-02). */
export function loadPlatforms(
  root: string,
  catalogue: Catalogue,
  loaded: LoadedRecords,
  report: Report,
): PlatformManifest[] {
  if (!statSync(join(root, FOLDER), { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(join(root, FOLDER))
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .flatMap((name) => loadPlatform(root, `${FOLDER}/${name}`, catalogue, loaded, report) ?? []);
}

/**
 * Writes a platform manifest: canonical bytes, whole or not at all. One that is there stays: what was
 * frozen under a version is that version for good.
 */
export async function writePlatform(
  root: string,
  { version, releasedAt, components }: Omit<PlatformManifest, "file">,
): Promise<WriteOutcome> {
  const path = join(root, platformFile(version));
  // Loaded here: whoever only reads the registry does not need them.
  const [{ withFileLock }, { default: writeFileAtomic }] = await Promise.all([
    import("./file-lock.ts"),
    import("write-file-atomic"),
  ]);
  await mkdir(dirname(path), { recursive: true });
  return withFileLock(join(dirname(path), ".platform.lock"), async () => {
    if (existsSync(path)) return "unchanged";
    const bytes = canonicalYaml({
      schema_version: 1,
      version,
      released_at: releasedAt,
      components: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
    });
    await writeFileAtomic(path, bytes);
    return "written";
  });
}

function loadPlatform(
  root: string,
  file: string,
  catalogue: Catalogue,
  loaded: LoadedRecords,
  report: Report,
): PlatformManifest | undefined {
  const document = readDocument(root, file, report);
  const data = document && validateDocument<PlatformDocument>("platform", document, report);
  if (document === undefined || data === undefined) return undefined;
  if (basename(file) !== `v${data.version}.yaml`) {
    report({
      ...document.at(["version"]),
      code: "record-misplaced",
      message: `found the version "${data.version}" in ${basename(file)}, expected the file v${data.version}.yaml; correct it or rename the file`,
    });
  }
  for (const [name, version] of Object.entries(data.components)) {
    const problem = componentIssue(name, version, catalogue, loaded);
    if (problem !== undefined) report({ ...document.at(["components", name]), ...problem });
  }
  return {
    file,
    version: data.version,
    releasedAt: data.released_at,
    components: new Map(Object.entries(data.components)),
  };
}

function componentIssue(
  name: string,
  version: string,
  catalogue: Catalogue,
  loaded: LoadedRecords,
): { code: "unknown-component" | "version-unrecorded"; message: string } | undefined {
  if (!catalogue.components.has(name)) {
    return {
      code: "unknown-component",
      message: `found the component "${name}", expected one of ${[...catalogue.components.keys()].join(", ")}; correct it`,
    };
  }
  const file = recordFile(name, version);
  if (loaded.unusable.has(file)) return undefined;
  if (loaded.records.get(name)?.some((record) => record.version === version)) return undefined;
  return {
    code: "version-unrecorded",
    message: `found ${name} ${version}, which has no record, expected ${file}; name a recorded version`,
  };
}
