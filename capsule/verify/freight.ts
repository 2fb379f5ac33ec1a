import { createReadStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { annotationOf } from "../../builds/documents.ts";
import { capsuleRepository, commitTag } from "../../registry/tags.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { parseReference, referenceText } from "../registry/reference.ts";
import type { CapsuleRelease } from "../release-text.ts";
import { JsonProblem, parseStrictly } from "./json.ts";
import { isSameRepository } from "./repository-url.ts";
import { difference, judged, refused } from "./result.ts";
import type { Result } from "./types.ts";

/** What a Kargo Freight pins, as far as a capsule is compared with it. */
export interface Freight {
  /** As it was named. */
  file: string;
  images: readonly FreightImage[];
  commits: readonly { repository: string; id?: string }[];
}

interface FreightImage {
  repository: string;
  tag?: string;
  digest?: string;
  /** `org.opencontainers.image.revision` of its annotations. */
  revision?: string;
}

/** The parts of a Freight that are read here; all from outside. */
interface FreightDocument {
  kind?: unknown;
  images?: unknown;
  commits?: unknown;
  repoURL?: unknown;
  tag?: unknown;
  digest?: unknown;
  id?: unknown;
  annotations?: unknown;
}

const REVISION = "org.opencontainers.image.revision";
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a Freight, as `kubectl get freight <name> -o json` prints it.
 *
 * @throws SlipwayError `file-missing`, `file-too-large`, `freight`
 */
export async function readFreight(file: string): Promise<Freight> {
  let content: Uint8Array;
  try {
    // A pipe of a shell does, too. One byte more than there may be is enough to know.
    content = await buffer(createReadStream(file, { end: MAX_BYTES }));
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const message = `found no Freight that can be read (${error.message.split(",", 1)[0]}), expected JSON as \`kubectl get freight <name> -o json\` prints it`;
    throw new SlipwayError({ code: "file-missing", file, message });
  }
  if (content.byteLength > MAX_BYTES) {
    const message = `found more than ${MAX_BYTES} bytes, expected a Freight`;
    throw new SlipwayError({ code: "file-too-large", file, message });
  }
  return freightFrom(file, content);
}

/** @throws SlipwayError `freight` */
export function freightFrom(file: string, content: Uint8Array): Freight {
  let data: unknown;
  try {
    data = parseStrictly(content);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    throw unusable(file, error.message);
  }
  const { kind, images: pinned, commits: at } = objectOf(data);
  const [images, commits] = [pinned ?? undefined, at ?? undefined];
  if (kind !== undefined && kind !== "Freight") throw unusable(file, "is of another kind");
  if (!isListOrNothing(images) || !isListOrNothing(commits) || !(images ?? commits)) {
    throw unusable(file, "has neither a list of images nor one of commits");
  }
  return {
    file,
    images: (images ?? []).map((entry, index) => imageFrom(file, index, objectOf(entry))),
    commits: (commits ?? []).map((entry, index) => {
      const { repoURL, id } = objectOf(entry);
      if (!isText(repoURL)) throw unusable(file, `names no repoURL in commits[${index}]`);
      return { repository: repoURL, ...(isText(id) && { id }) };
    }),
  };
}

/**
 * Checks that a Freight names this very capsule or its image, by tag and digest, and no other commit
 * of its source. What else is in the Freight is none of the capsule's business.
 *
 * @param home the capsule's repository with its host, absent where it is read from a folder
 */
export function checkFreight(
  freight: Freight,
  { image, source }: CapsuleRelease,
  digest: string,
  home: string | undefined,
): Result {
  const { registry, repository } = parseReference(image.ref);
  const imageHome = referenceText({ registry, repository });
  const capsules = [home, capsuleRepository(imageHome)].filter((name) => name !== undefined);
  const named = freight.images.flatMap((entry) => {
    if (capsules.includes(entry.repository)) return [{ entry, what: "capsule", digest }];
    return entry.repository === imageHome ? [{ entry, what: "image", digest: image.digest }] : [];
  });
  if (named.length === 0) {
    const known = freight.images.map(({ repository }) => repository).join(", ") || "no image";
    const found = `found ${known} in ${freight.file}, expected ${capsules.join(" or ")}, or ${imageHome}`;
    return refused("freight", found);
  }
  const tag = commitTag(source.commit);
  const commits = freight.commits.filter(({ repository }) =>
    isSameRepository(repository, source.repository),
  );
  return judged(
    "freight",
    [
      ...named.flatMap(({ entry, what, digest: expected }) => [
        difference(`tag of the ${what} in it`, entry.tag, tag, "as the capsule has it"),
        difference(`digest of the ${what} in it`, entry.digest, expected, "as found here"),
        entry.revision === undefined
          ? undefined
          : difference(`revision of the ${what} in it`, entry.revision, source.commit, "as here"),
      ]),
      ...commits.map(({ id, repository }) =>
        difference(`commit of ${repository} in it`, id, source.commit, "as release.yaml has it"),
      ),
    ],
    `${freight.file} names ${[...new Set(named.map(({ what }) => what))].join(" and ")} under ${tag} by digest${commits.length > 0 ? ", and the commit" : ""}`,
  );
}

function imageFrom(file: string, index: number, entry: FreightDocument): FreightImage {
  const { repoURL, tag, digest } = entry;
  if (!isText(repoURL)) throw unusable(file, `names no repoURL in images[${index}]`);
  const revision = annotationOf(entry, REVISION);
  return {
    repository: repoURL.replace(/^oci:\/\//, ""),
    ...(isText(tag) && { tag }),
    ...(isText(digest) && { digest }),
    ...(isText(revision) && { revision }),
  };
}

function unusable(file: string, why: string): SlipwayError {
  const message = `${why}, expected a Freight as \`kubectl get freight <name> -o json\` prints it`;
  return new SlipwayError({ code: "freight", file, message });
}

function isListOrNothing(value: unknown): value is unknown[] | undefined {
  return value === undefined || Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function objectOf(value: unknown): FreightDocument {
  return typeof value === "object" && value !== null ? value : {};
}
