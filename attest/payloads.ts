import { registryAccess, whileReaching } from "../builds/registry-access.ts";
import type { AttestationDigests } from "../registry/index.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import type { Environment } from "./cosign.ts";
import { readAttestation, type Subject } from "./find.ts";
import { releaseKeys } from "./keys.ts";
import { SPDX, type Statement } from "./statement.ts";

/** What was attested of an image. */
export interface AttestedPayloads {
  /** The in-toto statement, in the bytes that were signed. */
  provenance: Uint8Array;
  /** The SPDX document as JSON. */
  sbom: Uint8Array;
}

export interface PayloadsRequest {
  /** `<component>@<version>`, for messages. */
  release: string;
  /** `<name>.azurecr.io` and the image's repository in it. */
  image: { registry: string; repository: string };
  subject: Subject;
  /** Which ones, by digest: a registry may list more by now. */
  attestations: AttestationDigests;
  /** `SLIPWAY_VERIFICATION_KEY` or `SLIPWAY_SIGNING_KEY`, `SLIPWAY_ENDPOINTS` */
  env: Environment;
}

/**
 * Reads provenance and SBOM of an image by their digests; each is checked as `attest` checks what it
 * adopts.
 *
 * @throws SlipwayError `attestation` for each that is missing or does not hold, `signing-key`,
 *   `registry-unreachable`
 */
export async function attestedPayloads(request: PayloadsRequest): Promise<AttestedPayloads> {
  const { image, env } = request;
  const key = await releaseKeys(env).publicKey();
  return whileReaching(image.registry, async () => {
    const repository = await registryAccess(image.registry, env).open(image.repository);
    const problems: Problem[] = [];
    const read = async (name: "provenance" | "sbom"): Promise<Statement | undefined> => {
      const digest = request.attestations[name];
      const found =
        digest === undefined
          ? "is not recorded"
          : await readAttestation(repository, digest, request.subject, key);
      const wrong =
        typeof found === "string"
          ? found
          : found.name !== name
            ? `is a ${found.name}`
            : name === "sbom" && found.statement.predicateType !== SPDX
              ? `is ${found.statement.predicateType}, and no SPDX document`
              : undefined;
      if (wrong === undefined && typeof found !== "string") return found.statement;
      problems.push({
        code: "attestation",
        message: `${request.release}: found that the ${name} ${digest ?? ""} of ${request.subject.digest} ${wrong}, expected it as it was made, since a capsule holds it; restore it from a copy of the registry, or release a new version`,
      });
      return undefined;
    };
    const [provenance, sbom] = await Promise.all([read("provenance"), read("sbom")]);
    if (provenance === undefined || sbom === undefined) throw new SlipwayError(problems);
    return {
      provenance: provenance.payload,
      sbom: Buffer.from(JSON.stringify(sbom.predicate)),
    };
  });
}
