import { statSync } from "node:fs";
import { openLayout } from "../../capsule/layout.ts";
import type { CapsuleSource } from "../../capsule/source.ts";
import { SlipwayError } from "../../schemas/problem.ts";

export interface SourceFlags {
  /** Plain http, for a registry that is not on this machine. */
  insecure?: boolean;
  /** Called while a layer comes in from a registry, with its digest and the bytes so far. */
  onProgress?: (digest: string, bytes: number, size: number) => void;
}

/** What a file system says of a reference: its last part may be longer than any file's name. */
const NO_FOLDER = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);

/**
 * Opens what the command line names as a capsule.
 *
 * @param capsule folder of an OCI layout, else `<registry>/<repository>` with a tag or a digest
 * @throws SlipwayError as `isLayout`, `openLayout`, `parseReference` and `registrySource`
 */
export async function openSource(
  capsule: string,
  { insecure = false, onProgress }: SourceFlags = {},
): Promise<CapsuleSource> {
  if (isLayout(capsule)) return openLayout(capsule);
  const { parseReference, registrySource } = await import("../../capsule/registry/index.ts");
  return registrySource(parseReference(capsule), {
    insecure,
    ...(onProgress !== undefined && { onProgress }),
  });
}

/**
 * Whether it names a folder, and not what a registry has.
 *
 * @throws SlipwayError `file-missing` for what is there and cannot be looked at
 */
export function isLayout(capsule: string): boolean {
  if (/^[./]/.test(capsule)) return true;
  try {
    return statSync(capsule).isDirectory();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (NO_FOLDER.has(code)) return false;
    throw new SlipwayError(
      {
        code: "file-missing",
        message: `${capsule} cannot be looked at (${code}), expected the folder of an OCI layout, or no folder and <registry>/<repository>:<tag>; mend that folder, or name another one`,
      },
      { cause: error },
    );
  }
}
