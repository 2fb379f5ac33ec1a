import { commitTag } from "../../registry/tags.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { REVISION_LABEL, VERSION_LABEL } from "../image.ts";
import type { ImageRepository, ResolvedManifest } from "../registry-client.ts";

/** Which image a release is, in whatever registry. */
export interface ReleaseIdentity {
  component: string;
  version: string;
  /** 40 hex. */
  commit: string;
  /** Repository in the registry. */
  image: string;
}

/** Which image a release is, in any resource's inputs. */
export interface ReleaseImage extends ReleaseIdentity {
  /** ARM id. */
  registryId: string;
  expectedDigest?: string;
}

/**
 * The image under the commit's tag.
 *
 * @returns undefined when there is no such tag
 * @throws SlipwayError `build-failed` when its labels are another release's
 */
export async function findReleaseImage(
  release: ReleaseIdentity,
  repository: ImageRepository,
): Promise<ResolvedManifest | undefined> {
  const image = await repository.resolve(commitTag(release.commit));
  if (image !== undefined) await checkLabels(release, image, repository);
  return image;
}

/** @throws SlipwayError `build-failed` when the image's labels are another release's */
export async function checkLabels(
  release: ReleaseIdentity,
  image: ResolvedManifest,
  repository: ImageRepository,
): Promise<void> {
  const labels = await repository.labels(image);
  for (const [label, expected] of [
    [REVISION_LABEL, release.commit],
    [VERSION_LABEL, release.version],
  ] as const) {
    if (labels[label] === expected) continue;
    throw releaseError(release, {
      code: "build-failed",
      message: `${release.image}:${commitTag(release.commit)} (${image.digest}) is labelled ${label}=${labels[label] ?? "(nothing)"}, expected ${expected}: another image stands under this release's tag; remove it, or release from another commit`,
    });
  }
}

/**
 * Whether the version's tag names the release's image too.
 *
 * @returns false when there is no such tag
 * @throws SlipwayError `digest-changed` when it names another image
 */
export async function isVersionTagged(
  release: ReleaseIdentity,
  image: ResolvedManifest,
  repository: ImageRepository,
): Promise<boolean> {
  const named = await repository.resolve(release.version);
  if (named === undefined || named.digest === image.digest) return named !== undefined;
  throw releaseError(release, {
    code: "digest-changed",
    message: `${release.image}:${release.version} is ${named.digest}, but :${commitTag(release.commit)} is ${image.digest}: a release is one image; remove the tag that is wrong`,
  });
}

/** @throws SlipwayError `digest-changed` when a record says another digest (S-3) */
export function checkDigest(
  release: Pick<ReleaseImage, "component" | "version" | "expectedDigest">,
  digest: string,
): void {
  const { expectedDigest } = release;
  if (expectedDigest === undefined || expectedDigest === digest) return;
  throw releaseError(release, {
    code: "digest-changed",
    message: `the image is ${digest}, the record says ${expectedDigest}: a release never changes; put the record right, or release a new version`,
  });
}

/** An error that names the release first. */
export function releaseError(
  { component, version }: Pick<ReleaseImage, "component" | "version">,
  { code, message }: Problem,
): SlipwayError {
  return new SlipwayError({ code, message: `${component}@${version}: ${message}` });
}
