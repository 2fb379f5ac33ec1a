import { objectOf, parseDocument } from "../../builds/documents.ts";
import { commitTag } from "../../builds/image.ts";
import type { ImageRepository, ResolvedManifest } from "../../builds/registry-client.ts";
import type { ArtifactReference, ReleaseRecord } from "../../registry/index.ts";
import type { Problem, ProblemCode } from "../../schemas/problem.ts";

/** Levels of indexes inside indexes. */
const MAX_DEPTH = 3;

/**
 * Compares one record with its repository: the manifest is served and is what its digest says, all
 * that it is made of is there, and the release's tags name it.
 *
 * @returns `image-missing`, `digest-changed`; and whether there is nothing left to attest to
 */
export async function checkManifest(
  record: ReleaseRecord,
  artifact: ArtifactReference & { digest: string },
  repository: ImageRepository,
): Promise<{ problems: Problem[]; isGone: boolean }> {
  const name = `${artifact.registry}/${artifact.repository}`;
  const restore = "restore it from a copy of the registry, or release a new version";
  const problem = (code: ProblemCode, found: string, next: string): Problem => ({
    code,
    file: record.file,
    path: "artifact.digest",
    message: `found ${found}, expected ${artifact.digest} as it was released; ${next}`,
  });
  const manifest = await readable(() => repository.resolve(artifact.digest));
  if (manifest === undefined) {
    const found = `no ${name}@${artifact.digest} in the registry`;
    return { problems: [problem("image-missing", found, restore)], isGone: true };
  }
  if (manifest === CHANGED) {
    const found = `other bytes under ${name}@${artifact.digest}`;
    return { problems: [problem("digest-changed", found, restore)], isGone: true };
  }
  const missing = await missingParts(repository, manifest);
  const parts = missing.map((part) =>
    problem("image-missing", `${name}@${artifact.digest} without its part ${part}`, restore),
  );
  const tags = await Promise.all(
    tagsOf(record, artifact).map(async (tag) => {
      const found = await readable(() => repository.resolve(tag));
      const next = "a release never changes: let the tag name that digest again";
      if (found === undefined) return [problem("image-missing", `no tag ${name}:${tag}`, next)];
      const digest = found === CHANGED ? "other bytes than its digest says" : found.digest;
      if (digest === artifact.digest) return [];
      return [problem("digest-changed", `that the tag ${name}:${tag} names ${digest}`, next)];
    }),
  );
  return { problems: [...parts, ...tags.flat()], isGone: false };
}

const CHANGED = "changed";

/** The client compares what it gets with the digest, and says so by the name of its error alone. */
async function readable(
  resolve: () => Promise<ResolvedManifest | undefined>,
): Promise<ResolvedManifest | undefined | typeof CHANGED> {
  try {
    return await resolve();
  } catch (error) {
    if (error instanceof Error && error.name === "DigestMismatchError") return CHANGED;
    throw error;
  }
}

function tagsOf({ target, source }: ReleaseRecord, { tag }: ArtifactReference): string[] {
  return target === "container" ? [tag, commitTag(source.commit)] : [tag];
}

/** @returns the digests of what a manifest, or one inside an index, names and the registry has lost */
async function missingParts(
  repository: ImageRepository,
  manifest: ResolvedManifest,
  depth = 0,
): Promise<string[]> {
  const { config, layers, manifests } = parseDocument(manifest.content);
  const blobs = [config, ...listOf(layers)].flatMap((entry) => {
    const { digest, urls } = objectOf(entry);
    // What has addresses of its own need not be in the registry.
    return typeof digest === "string" && urls === undefined ? [digest] : [];
  });
  const lost = await Promise.all(
    [...new Set(blobs)].map(async (digest) => ((await repository.hasBlob(digest)) ? [] : [digest])),
  );
  if (depth === MAX_DEPTH) return lost.flat();
  const children = await Promise.all(
    listOf(manifests).map(async (entry) => {
      const { digest } = objectOf(entry);
      if (typeof digest !== "string") return [];
      const child = await readable(() => repository.resolve(digest));
      return child === undefined || child === CHANGED
        ? [digest]
        : missingParts(repository, child, depth + 1);
    }),
  );
  return [...lost, ...children].flat();
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
