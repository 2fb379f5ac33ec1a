import type { KeyObject } from "node:crypto";
import type { ImageRepository } from "../builds/registry-client.ts";
import type { ReleaseRecord } from "../registry/index.ts";
import type { Problem, ProblemCode } from "../schemas/problem.ts";
import { readAttestation, type Subject } from "./find.ts";
import { ATTESTATION_NAMES, type AttestationName } from "./statement.ts";

const CODES: Readonly<Record<AttestationName, ProblemCode>> = {
  sbom: "attestation",
  provenance: "attestation",
  signature: "signature-invalid",
};

/**
 * Checks every attestation that a record pins: it is in the registry, listed where cosign looks, about
 * this artifact and commit, and signed with the key. Writes nothing.
 *
 * @param subject what the record says that was built, and from what
 * @param repository the artifact's
 * @returns `attestation`, `signature-invalid`
 */
export async function verifyAttestations(
  { file, attestations = {} }: Pick<ReleaseRecord, "file" | "attestations">,
  subject: Subject,
  repository: ImageRepository,
  key: KeyObject,
): Promise<Problem[]> {
  const names = ATTESTATION_NAMES.filter((name) => attestations[name] !== undefined);
  if (names.length === 0) return [];
  const listed = new Set((await repository.referrers(subject.digest)).map(({ digest }) => digest));
  const problems = await Promise.all(
    names.map(async (name): Promise<Problem[]> => {
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
      return [
        {
          code: CODES[name],
          file,
          path: `attestations.${name}`,
          message: `found that the ${name} ${digest} of ${subject.digest} ${wrong}, expected it as it was made; restore it from a copy of the registry, or release a new version`,
        },
      ];
    }),
  );
  return problems.flat();
}
