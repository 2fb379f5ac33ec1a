import type { ResolvedManifest } from "../../builds/registry-client.ts";
import { commitTag } from "../../registry/tags.ts";
import type { CapsuleRelease } from "../release-text.ts";
import { difference, passed, refused } from "./result.ts";
import type { ManifestLookup, Result } from "./types.ts";

/** Opens a repository of a registry by the names that release.yaml has. */
export type OpenImages = (registry: string, repository: string) => Promise<ManifestLookup>;

const REFERENCE = /^([^/]+)\/(.+):([^:]+)$/;

/**
 * Checks that the image has the capsule's own tag, and that its registry has the capsule's digest
 * under it.
 *
 * @returns the image besides, where it is the capsule's
 */
export async function checkImage(
  { image, source }: CapsuleRelease,
  open: OpenImages,
): Promise<{ result: Result; found?: ResolvedManifest }> {
  const [, registry = "", repository = "", tag = ""] = REFERENCE.exec(image.ref) ?? [];
  const wrong = difference("image's tag", tag, commitTag(source.commit), "as the capsule has it");
  if (wrong !== undefined) return { result: refused("capsule-identity", wrong) };
  const found = await readable(async () => (await open(registry, repository)).resolve(tag));
  if (found === CHANGED) {
    const bytes = `found other bytes under ${image.ref} than its registry says, expected ${image.digest}`;
    return { result: refused("digest-changed", bytes) };
  }
  if (found === undefined) {
    const missing = `found no ${image.ref} in its registry, expected ${image.digest}`;
    return { result: refused("image-missing", missing) };
  }
  if (found.digest !== image.digest) {
    const other = `found ${found.digest} under ${image.ref} in its registry, expected ${image.digest} as release.yaml has it`;
    return { result: refused("digest-changed", other) };
  }
  return { result: passed(`the registry has ${image.digest} under ${image.ref}`), found };
}

const CHANGED = "changed";

/** The client compares what it gets with the digest, and says so by the name of its error alone. */
async function readable<T>(read: () => Promise<T>): Promise<T | typeof CHANGED> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && error.name === "DigestMismatchError") return CHANGED;
    throw error;
  }
}
