import { capsuleRepository, commitTag } from "../../registry/tags.ts";
import type { CapsuleManifest } from "../read.ts";
import { parseReference } from "../registry/reference.ts";
import type { CapsuleRelease } from "../release-text.ts";
import { difference, judged } from "./result.ts";
import type { ManifestLookup, ReadCapsule, Result } from "./types.ts";

/** What a capsule was asked for as. */
export interface Asked {
  /** Absent where it was a digest. */
  tag?: string | undefined;
  /** Where it is; absent for a folder. */
  home?: { repository: string; lookup: ManifestLookup } | undefined;
  /** Release that it has to be; without a version any release of the component. */
  expected?: { component: string; version?: string } | undefined;
}

/**
 * Compares all that a capsule says of what it is: tag, annotations and release.yaml name one release,
 * and it is the one that was asked for. Asked for by digest, the tag is looked up.
 */
export async function checkIdentity(
  { digest, manifest, release }: Required<Pick<ReadCapsule, "digest" | "manifest" | "release">>,
  asked: Asked,
): Promise<Result> {
  const { component, version, commit } = manifest;
  const tag = commitTag(commit);
  return judged(
    "capsule-identity",
    [
      ...partDifferences(manifest, release),
      ...(asked.expected === undefined
        ? [homeDifference(asked, release)]
        : [
            difference("component", component, asked.expected.component, "as it was asked for"),
            difference(
              "version",
              version,
              asked.expected.version ?? version,
              "as it was asked for",
            ),
          ]),
      asked.tag === undefined
        ? await tagDifference(asked.home?.lookup, tag, digest)
        : difference("tag", asked.tag, tag, "for the revision in its annotations"),
    ],
    `${component}@${version} at ${commit} in ${whereOf(asked)}annotations and release.yaml`,
  );
}

function partDifferences(manifest: CapsuleManifest, release: CapsuleRelease) {
  const because = "as in its release.yaml";
  return [
    difference("revision", manifest.commit, release.source.commit, because),
    difference("version", manifest.version, release.version, because),
    difference("title", manifest.component, release.component, because),
    difference("source", manifest.repository, release.source.repository, because),
  ];
}

/** A capsule of another component, consistent in itself, must not stand in for the one asked for. */
function homeDifference({ home }: Asked, { image, component, version }: CapsuleRelease) {
  if (home === undefined) return undefined;
  const expected = capsuleRepository(parseReference(image.ref).repository);
  if (`/${home.repository}`.endsWith(`/${expected}`)) return undefined;
  return `found it in the repository ${home.repository}, expected ${expected} beside its image; where it was copied to another name, say which release it is to be with --release ${component}@${version}`;
}

async function tagDifference(lookup: ManifestLookup | undefined, tag: string, digest: string) {
  if (lookup === undefined) return undefined;
  const named = await lookup.resolve(tag);
  return difference(`capsule under ${tag}`, named?.digest, digest, "as it was asked for");
}

function whereOf({ tag, home }: Asked): string {
  return tag === undefined && home === undefined ? "" : "tag, ";
}
