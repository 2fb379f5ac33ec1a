import { objectOf, parseDocument } from "../../builds/documents.ts";
import type { ImageRepository, ResolvedManifest } from "../../builds/registry-client.ts";
import type { ArtifactReference, ReleaseRecord } from "../../registry/index.ts";
import { commitTag } from "../../registry/tags.ts";
import type { Problem, ProblemCode } from "../../schemas/problem.ts";

/** Levels of indexes inside indexes. */
const MAX_DEPTH = 3;

/** What a record says of one manifest. */
export interface RecordedManifest {
  file: string;
  /** Path of its digest inside the record. */
  path: string;
  /** `<registry>/<repository>` */
  name: string;
  /** `sha256:<hex>` */
  digest: string;
  /** That name it. */
  tags: readonly string[];
  /** Of what is not there. */
  missing: ProblemCode;
  /** What to do about one that is gone or changed. */
  restore: string;
}

/** The artifact of a record, and its capsule where it has one. */
export function manifestsOf(
  record: ReleaseRecord,
  artifact: ArtifactReference & { registry: string; digest: string },
): { artifact: RecordedManifest; capsule?: RecordedManifest } {
  const { file, capsule, component, version } = record;
  const { registry, repository, digest } = artifact;
  // Whoever deploys by a signer list refuses one without its signature.
  const signed = record.attestations?.signature === undefined ? "" : " --sign";
  const restored = "restore it from a copy of the registry";
  return {
    artifact: {
      file,
      path: "artifact.digest",
      name: `${registry}/${repository}`,
      digest,
      tags: tagsOf(record, artifact),
      missing: "image-missing",
      restore: `${restored}, or release a new version`,
    },
    ...(capsule && {
      capsule: {
        file,
        path: "capsule.digest",
        name: `${registry}/${capsule.repository}`,
        digest: capsule.digest,
        tags: [capsule.tag],
        missing: "capsule-missing",
        restore: `${restored}, or pack it again: slipway capsule pack ${component}@${version} --output <dir>, then slipway capsule push <dir>${signed}`,
      },
    }),
  };
}

/**
 * Compares one manifest of a record with its repository: it is served and is what its digest says, all
 * that it is made of is there, and the release's tags name it.
 *
 * @returns `missing`, `digest-changed`; and whether there is nothing left to attest to
 */
export async function checkManifest(
  { file, path, name, digest, tags, missing, restore }: RecordedManifest,
  repository: ImageRepository,
): Promise<{ problems: Problem[]; isGone: boolean }> {
  const problem = (code: ProblemCode, found: string, next: string): Problem => ({
    code,
    file,
    path,
    message: `found ${found}, expected ${digest} as it was released; ${next}`,
  });
  const manifest = await readable(() => repository.resolve(digest));
  if (manifest === undefined) {
    const found = `no ${name}@${digest} in the registry`;
    return { problems: [problem(missing, found, restore)], isGone: true };
  }
  if (manifest === CHANGED) {
    const found = `other bytes under ${name}@${digest}`;
    return { problems: [problem("digest-changed", found, restore)], isGone: true };
  }
  const lost = await missingParts(repository, manifest);
  const parts = lost.map((part) =>
    problem(missing, `${name}@${digest} without its part ${part}`, restore),
  );
  const named = await Promise.all(
    tags.map(async (tag) => {
      const found = await readable(() => repository.resolve(tag));
      const next = "a release never changes: let the tag name that digest again";
      if (found === undefined) return [problem(missing, `no tag ${name}:${tag}`, next)];
      const other = found === CHANGED ? "other bytes than its digest says" : found.digest;
      if (other === digest) return [];
      return [problem("digest-changed", `that the tag ${name}:${tag} names ${other}`, next)];
    }),
  );
  return { problems: [...parts, ...named.flat()], isGone: false };
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
