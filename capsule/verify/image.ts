import type { ResolvedManifest } from "../../builds/registry-client.ts";
import { commitTag } from "../../registry/tags.ts";
import { parseReference } from "../registry/reference.ts";
import type { CapsuleRelease } from "../release-text.ts";
import { difference, passed, refused } from "./result.ts";
import type { ManifestLookup, Result } from "./types.ts";

/** Opens a repository of a registry by the names that release.yaml has. */
export type OpenImages = (registry: string, repository: string) => Promise<ManifestLookup>;

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
  const { registry, repository, tag } = parseReference(image.ref);
  const expected = commitTag(source.commit);
  const wrong = difference("image's tag", tag, expected, "as the capsule has it");
  if (wrong !== undefined) return { result: refused("capsule-identity", wrong) };
  const found = await (await open(registry, repository)).resolve(expected);
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
