import { statSync } from "node:fs";
import { openLayout } from "../../capsule/layout.ts";
import type { CapsuleSource } from "../../capsule/source.ts";

export interface SourceFlags {
  /** Plain http, for a registry that is not on this machine. */
  insecure?: boolean;
  /** Called while a layer comes in from a registry, with its digest and the bytes so far. */
  onProgress?: (digest: string, bytes: number, size: number) => void;
}

/**
 * Opens what the command line names as a capsule.
 *
 * @param capsule folder of an OCI layout, else `<registry>/<repository>` with a tag or a digest
 * @throws SlipwayError as `openLayout`, `parseReference` and `registrySource`
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

/** Whether it names a folder, and not what a registry has. */
export function isLayout(capsule: string): boolean {
  return (
    /^[./]/.test(capsule) || statSync(capsule, { throwIfNoEntry: false })?.isDirectory() === true
  );
}
