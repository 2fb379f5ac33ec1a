import type { KeyObject } from "node:crypto";
import { commitTag } from "../../builds/image.ts";
import type { ImageRepository } from "../../builds/registry-client.ts";
import type { ArtifactReference, ReleaseRecord } from "../../registry/index.ts";
import { type Problem, type ProblemCode, SlipwayError } from "../../schemas/problem.ts";
import { registryAccess } from "../registry-access.ts";
import type { Environment } from "./cosign.ts";
import { readAttestation, type Subject } from "./find.ts";
import { releaseKeys } from "./keys.ts";
import { ATTESTATION_NAMES, type AttestationName } from "./statement.ts";

type RecordedArtifact = ArtifactReference &
  Required<Pick<ArtifactReference, "registry" | "digest">>;

const CODES: Readonly<Record<AttestationName, ProblemCode>> = {
  sbom: "attestation",
  provenance: "attestation",
  signature: "signature-invalid",
};

/**
 * Compares a record with the registry: the artifact is there, its tags still name it, and every
 * attestation that the record pins is there, listed, and signed with the verification key. Writes
 * nothing. A record without an artifact has nothing to compare.
 *
 * @param env `SLIPWAY_VERIFICATION_KEY` (or the signing key) where the record has attestations
 * @returns `image-missing`, `digest-changed`, `attestation`, `signature-invalid`, `signing-key`
 * @throws RestError when the registry does not answer, or refuses
 */
export async function verifyAttestations(
  record: ReleaseRecord,
  env: Environment,
): Promise<Problem[]> {
  const { artifact } = record;
  if (!isRecorded(artifact)) return [];
  const repository = await registryAccess(artifact.registry, env).open(artifact.repository);
  if ((await repository.resolve(artifact.digest)) === undefined) {
    return [
      problem(record, "image-missing", "artifact.digest", {
        found: `${reference(artifact)} is not in the registry`,
        next: "restore it from a copy of the registry, or release a new version",
      }),
    ];
  }
  const tags = await tagProblems(record, artifact, repository);
  return [...tags, ...(await attestationProblems(record, artifact, repository, env))];
}

async function tagProblems(
  record: ReleaseRecord,
  artifact: RecordedArtifact,
  repository: ImageRepository,
): Promise<Problem[]> {
  const tags =
    record.target === "container"
      ? [artifact.tag, commitTag(record.source.commit)]
      : [artifact.tag];
  const problems = await Promise.all(
    tags.map(async (tag) => {
      const found = (await repository.resolve(tag))?.digest;
      if (found === artifact.digest) return [];
      const name = `${artifact.registry}/${artifact.repository}:${tag}`;
      const what = found === undefined ? "is gone" : `names ${found}`;
      const code = found === undefined ? "image-missing" : "digest-changed";
      return problem(record, code, "artifact.digest", {
        found: `the tag ${name} ${what}, the record says ${artifact.digest}`,
        next: "a release never changes: let the tag name that digest again",
      });
    }),
  );
  return problems.flat();
}

async function attestationProblems(
  record: ReleaseRecord,
  artifact: RecordedArtifact,
  repository: ImageRepository,
  env: Environment,
): Promise<Problem[]> {
  const { attestations = {} } = record;
  const names = ATTESTATION_NAMES.filter((name) => attestations[name] !== undefined);
  if (names.length === 0) return [];
  const key = await verificationKey(record, env);
  if ("code" in key) return [key];
  const listed = new Set((await repository.referrers(artifact.digest)).map(({ digest }) => digest));
  const subject: Subject = { digest: artifact.digest, commit: record.source.commit };
  const problems = await Promise.all(
    names.map(async (name) => {
      const digest = attestations[name] ?? "";
      const read = await readAttestation(repository, digest, subject, key);
      const wrong =
        typeof read === "string"
          ? read
          : read.name !== name
            ? `is a ${read.name}`
            : listed.has(digest)
              ? undefined
              : "is not listed among its referrers, where cosign looks";
      if (wrong === undefined) return [];
      return problem(record, CODES[name], `attestations.${name}`, {
        found: `the ${name} ${digest} of ${reference(artifact)} ${wrong}`,
        next: "restore it from a copy of the registry, or release a new version",
      });
    }),
  );
  return problems.flat();
}

async function verificationKey(
  { file }: ReleaseRecord,
  env: Environment,
): Promise<KeyObject | Problem> {
  try {
    return await releaseKeys(env).publicKey();
  } catch (error) {
    const [first] = error instanceof SlipwayError ? error.problems : [];
    if (first === undefined) throw error;
    return { file, path: "attestations", ...first };
  }
}

function isRecorded(artifact: ArtifactReference | undefined): artifact is RecordedArtifact {
  return artifact?.digest !== undefined && artifact.registry !== undefined;
}

function reference({ registry, repository, digest }: RecordedArtifact): string {
  return `${registry}/${repository}@${digest}`;
}

function problem(
  { file }: ReleaseRecord,
  code: ProblemCode,
  path: string,
  { found, next }: { found: string; next: string },
): Problem {
  return { code, file, path, message: `${found}; ${next}` };
}
