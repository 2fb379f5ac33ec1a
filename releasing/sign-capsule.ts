/** The signature of a capsule, made and looked for as those of images are. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CosignFailure, type Environment } from "../attest/cosign.ts";
import { releaseKeys } from "../attest/index.ts";
import { signManifest } from "../attest/sign.ts";
import { isLoopback } from "../builds/endpoints.ts";
import { registryAccess } from "../builds/registry-access.ts";
import { withScratch } from "../builds/scratch.ts";
import { openRemote } from "../capsule/registry/index.ts";
import { hasSignature, lookupIn } from "../capsule/verify/index.ts";
import { SlipwayError } from "../schemas/problem.ts";

export interface SignCapsuleRequest {
  /** Where the capsule was pushed to. */
  registry: string;
  repository: string;
  /** `sha256:<hex>` of the capsule. */
  digest: string;
  /** 40 hex. */
  commit: string;
  /** `SLIPWAY_SIGNING_KEY`, `SLIPWAY_VERIFICATION_KEY`, `COSIGN_PASSWORD`, `SLIPWAY_ENDPOINTS`. */
  env: Environment;
  /** Plain http, for a registry that is not on this machine. */
  insecure?: boolean;
}

/**
 * Lets cosign sign the digest of a capsule, unless its key has signed it already.
 *
 * @returns whether it was signed now
 * @throws SlipwayError `signing-key`, `attestation`, `tool-missing`, and as the repository's calls
 */
export async function signCapsule(request: SignCapsuleRequest): Promise<boolean> {
  const { registry, repository, digest, commit, env, insecure } = request;
  const plain = insecure === true ? { insecure } : {};
  const keys = releaseKeys(env);
  const key = { name: "SLIPWAY_SIGNING_KEY", key: await keys.publicKey() };
  const lookup = lookupIn(openRemote({ registry, repository }, { env, ...plain }));
  const isSigned = () => hasSignature(lookup, { digest, commit }, [key]);
  if (await isSigned()) return false;
  const name = `${registry}/${repository}@${digest}`;
  await withScratch(`sign-${digest.slice(-12)}`, async (scratch) => {
    try {
      const access = registryAccess(registry, env, undefined, plain);
      const inClear = insecure === true && !isLoopback(registry);
      const own = inClear ? await withoutLogins(env, scratch) : env;
      await signManifest({ keys, env: own, scratch }, access, repository, digest);
    } catch (error) {
      if (!(error instanceof CosignFailure)) throw error;
      throw failed(
        `cosign could not sign ${name}: ${error.message}; is COSIGN_PASSWORD right, and may this user push there? Then run the command again`,
      );
    }
  });
  if (await isSigned()) return true;
  throw failed(
    `the signature of ${name} was pushed and is not among its referrers, expected it there; run the command again`,
  );
}

/** In clear, a login goes no further than this machine: not by cosign either. */
async function withoutLogins(env: Environment, scratch: string): Promise<Environment> {
  const folder = join(scratch, "docker");
  await mkdir(folder);
  // cosign looks for other files with logins where this one is missing.
  await writeFile(join(folder, "config.json"), "{}");
  return { ...env, DOCKER_CONFIG: folder };
}

function failed(message: string): SlipwayError {
  return new SlipwayError({ code: "attestation", message });
}
