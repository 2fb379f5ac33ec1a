import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { commitTag, REVISION_LABEL, VERSION_LABEL } from "../image.ts";
import type { ImageRepository, ResolvedManifest } from "../registry-client.ts";

/** Which image a release is, in any resource's inputs. */
export interface ReleaseImage {
  /** ARM id. */
  registryId: string;
  component: string;
  version: string;
  /** 40 hex. */
  commit: string;
  /** Repository in the registry. */
  image: string;
  expectedDigest?: string;
}

/**
 * The image under the commit's tag.
 *
 * @returns undefined when there is no such tag
 * @throws SlipwayError `build-failed` when its labels are another release's
 */
export async function findReleaseImage(
  release: ReleaseImage,
  repository: ImageRepository,
): Promise<ResolvedManifest | undefined> {
  const image = await repository.resolve(commitTag(release.commit));
  if (image !== undefined) await checkLabels(release, image, repository);
  return image;
}

/** @throws SlipwayError `build-failed` when the image's labels are another release's */
export async function checkLabels(
  release: ReleaseImage,
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
