/** Pushing a capsule: whole, once, under the tag of its commit. */
import { sha256 } from "../../builds/digest.ts";
import {
  ANNOTATION,
  CAPSULE_ANNOTATION,
  CAPSULE_REFERRER,
  EMPTY_CONFIG,
  MANIFEST,
} from "../../builds/media-types.ts";
import { capsuleRepository, commitTag } from "../../registry/tags.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import type { Capsule } from "../contract.ts";
import { type OpenCapsule, openCapsule } from "../open.ts";
import type { CapsuleSource } from "../source.ts";
import type { RegistryOptions } from "./connection.ts";
import { parseReference, type Reference, type RepositoryName, referenceText } from "./reference.ts";
import { openRemote, type RemoteRepository } from "./repository.ts";
import { wholeOf } from "./whole.ts";

export interface PushRequest extends RegistryOptions {
  source: CapsuleSource;
  /** Default: the image's registry, repository `<image repository>-capsule` (S-8). */
  to?: Reference;
  /** Called while a layer goes out, with its digest, the bytes so far, and all of them. */
  onProgress?: (digest: string, bytes: number, size: number) => void;
}

export interface PushedCapsule {
  /** `<registry>/<repository>@sha256:<hex>` */
  ref: string;
  registry: string;
  repository: string;
  /** `git-<commit>` */
  tag: string;
  /** `sha256:<hex>` */
  digest: string;
  /** Whether anything of the capsule was not there. */
  pushed: boolean;
  /** Digest of the referrer on the image; undefined where the image is not in that registry. */
  referrer?: string;
}

const EMPTY = { mediaType: EMPTY_CONFIG, digest: sha256(Buffer.from("{}")), size: 2 };

/**
 * Pushes what is missing: blobs, then the manifest under its tag, then the referrer on the image. Every
 * part is checked before the first one goes out. A second push finds all there and writes nothing.
 *
 * @throws SlipwayError `capsule-invalid`, `usage` for another tag than the capsule's, `tag-taken`, and as
 *   the repository's calls
 */
export async function pushCapsule(request: PushRequest): Promise<PushedCapsule> {
  const { source, onProgress } = request;
  const opened = await openCapsule(source);
  const { digest, manifest, release } = opened;
  const { registry: server, repository: built } = parseReference(release.image.ref);
  const image = { registry: server, repository: built };
  const to = request.to ?? { ...image, repository: capsuleRepository(image.repository) };
  const tag = commitTag(manifest.commit);
  refuseOtherTag(to, tag);
  const { registry, repository } = to;
  const remote = openRemote({ registry, repository }, request);
  const isThere = await lookAtTag(remote, tag, digest);
  const capsule = await wholeOf(opened);
  let pushed = !isThere;
  for (const blob of [capsule.config, ...capsule.layers]) {
    const size = blob.content.byteLength;
    const progress = (bytes: number) => onProgress?.(blob.digest, bytes, size);
    if (await remote.pushBlob(blob, progress)) pushed = true;
  }
  if (pushed) {
    // While the layers went out, somebody else may have pushed.
    await lookAtTag(remote, tag, digest);
    await remote.pushManifest(capsule.manifest, { tag });
  }
  const referrer =
    image.registry === registry
      ? await referTo(openRemote(image, request), { registry, repository }, opened)
      : undefined;
  return {
    ref: referenceText({ registry, repository, digest }),
    registry,
    repository,
    tag,
    digest,
    pushed,
    ...(referrer !== undefined && { referrer }),
  };
}

/** A capsule that is in memory, as a source. */
export function sourceOf(capsule: Capsule, name: string): CapsuleSource {
  const blobs = new Map(
    [capsule.config, ...capsule.layers].map(({ digest, content }) => [digest, content]),
  );
  return {
    name,
    tag: undefined,
    manifest: async () => ({ digest: capsule.digest, content: capsule.manifest }),
    async blob({ digest, size }) {
      return (blobs.get(digest) ?? new Uint8Array()).subarray(0, size);
    },
  };
}

/** @returns whether the capsule has the tag already; throws `tag-taken` where another one has it */
async function lookAtTag(remote: RemoteRepository, tag: string, digest: string): Promise<boolean> {
  const there = await remote.resolve(tag);
  if (there !== undefined && there.digest !== digest) {
    throw new SlipwayError({
      code: "tag-taken",
      message: `${referenceText({ ...remote.name, tag })} is ${there.digest}, expected ${digest} or nothing: a tag never moves; find out who pushed the other capsule of this commit`,
    });
  }
  return there !== undefined;
}

function refuseOtherTag(to: Reference, tag: string): void {
  if (to.digest === undefined && (to.tag === undefined || to.tag === tag)) return;
  throw new SlipwayError({
    code: "usage",
    message: `${referenceText(to)} is no place for this capsule, expected a repository, or its tag ${tag}; leave out what is after it`,
  });
}

/**
 * Puts the small referrer on the image, which names the capsule to whoever has the image.
 *
 * @returns its digest; undefined when the image is not there
 */
async function referTo(
  images: RemoteRepository,
  { repository }: RepositoryName,
  { digest, manifest, release }: OpenCapsule,
): Promise<string | undefined> {
  const image = await images.resolve(release.image.digest);
  if (image === undefined) return undefined;
  const referrer = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType: CAPSULE_REFERRER,
      config: EMPTY,
      layers: [EMPTY],
      subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
      annotations: {
        [CAPSULE_ANNOTATION]: `${repository}@${digest}`,
        [ANNOTATION.created]: manifest.created,
      },
    }),
  );
  const known = await images.referrers(image.digest);
  if (known.some((entry) => entry.digest === sha256(referrer))) return sha256(referrer);
  await images.pushBlob({ digest: EMPTY.digest, content: Buffer.from("{}") });
  const { digest: written } = await images.pushReferrer(referrer);
  return written;
}
