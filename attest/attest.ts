import { INDEX } from "../builds/referrers.ts";
import { type RegistryAccess, registryAccess, whileReaching } from "../builds/registry-access.ts";
import type { ImageRepository, ResolvedManifest } from "../builds/registry-client.ts";
import { withScratch } from "../builds/scratch.ts";
import type { ArtifactReference, AttestationDigests, Component } from "../registry/index.ts";
import { SlipwayError } from "../schemas/problem.ts";
import { CosignFailure, type Environment } from "./cosign.ts";
import { findAttestations, type Subject } from "./find.ts";
import { releaseKeys } from "./keys.ts";
import { type AttestedRecord, type Builder, type BuildRun, provenanceOf } from "./provenance.ts";
import { spdxOf } from "./sbom.ts";
import { attachStatement, type Signer, signManifest } from "./sign.ts";
import {
  ATTESTATION_NAMES,
  type AttestationName,
  PROVENANCE,
  SPDX,
  statementText,
} from "./statement.ts";

export interface AttestRequest {
  /** Says what is asked for. */
  component: Component;
  /** Of the release; its artifact need not be in it yet. */
  record: AttestedRecord;
  /** What was built and pushed. */
  artifact: Required<Pick<ArtifactReference, "registry" | "digest">>;
  builder: Builder;
  /** The run that this release ordered; absent where the artifact was there. */
  run?: BuildRun;
  /** `SLIPWAY_SIGNING_KEY`, `SLIPWAY_VERIFICATION_KEY`, `COSIGN_PASSWORD`, `SLIPWAY_ENDPOINTS`. */
  env: Environment;
  note(line: string): void;
}

type LookRequest = Pick<AttestRequest, "component" | "record" | "artifact" | "env">;

interface Work extends AttestRequest {
  access: RegistryAccess;
  repository: ImageRepository;
  image: ResolvedManifest;
  signer: Signer;
}

/**
 * Attests a release as its component asks: SBOM, provenance, signature, in this order, each a
 * referrer of the artifact. What is there and verifies is adopted, so that a run that was killed
 * goes on where it stopped and a second run writes nothing.
 *
 * @returns digests of the referrers; empty where nothing is asked for
 * @throws SlipwayError `signing-key`, `image-missing`, `attestation`, `tool-missing`,
 *   `registry-unreachable`
 */
export async function attest(request: AttestRequest): Promise<AttestationDigests> {
  const wanted = attestationsOf(request.component);
  if (wanted.length === 0) return {};
  return whileReaching(request.artifact.registry, () => makeMissing(request, wanted));
}

async function makeMissing(
  request: AttestRequest,
  wanted: readonly AttestationName[],
): Promise<AttestationDigests> {
  const { artifact, env, note } = request;
  const { there, keys, key, access, repository, image, subject } = await look(request);
  const missing = wanted.filter((name) => there[name] === undefined);
  if (missing.length === 0) return only(wanted, there);
  await withScratch(`attest-${artifact.digest.slice(-12)}`, async (scratch) => {
    const work = { ...request, access, repository, image, signer: { keys, env, scratch } };
    try {
      for (const name of missing) {
        note(`${nameOf(request)}: ${PROGRESS[name]}`);
        await MAKERS[name](work);
      }
    } catch (error) {
      throw error instanceof CosignFailure ? unsigned(request, error) : error;
    }
  });
  const found = await findAttestations(repository, subject, key);
  const lost = wanted.filter((name) => found[name] === undefined);
  if (lost.length > 0) throw unlisted(request, lost);
  return only(wanted, found);
}

/**
 * What `attest` would adopt. Writes nothing.
 *
 * @returns digests of the referrers that the component asks for and that verify
 * @throws SlipwayError `signing-key`, `image-missing`, `registry-unreachable`
 */
export async function attested(request: LookRequest): Promise<AttestationDigests> {
  const wanted = attestationsOf(request.component);
  if (wanted.length === 0) return {};
  const { there } = await whileReaching(request.artifact.registry, () => look(request));
  return only(wanted, there);
}

/** What a component asks for, in the order in which it is done. */
export function attestationsOf({ attestations }: Pick<Component, "attestations">) {
  return ATTESTATION_NAMES.filter((name) => attestations[name]);
}

/** What is there of an artifact, and all that it takes to see it. */
async function look(request: LookRequest) {
  const { component, artifact, env, record } = request;
  const keys = releaseKeys(env);
  const key = await keys.publicKey();
  const access = registryAccess(artifact.registry, env);
  const repository = await access.open(component.image);
  const image = await repository.resolve(artifact.digest);
  if (image === undefined) throw imageMissing(request);
  const subject: Subject = { digest: artifact.digest, commit: record.source.commit };
  const there = await findAttestations(repository, subject, key);
  return { there, keys, key, access, repository, image, subject };
}

const PROGRESS: Readonly<Record<AttestationName, string>> = {
  sbom: "looking into the image for its SBOM",
  provenance: "attaching provenance",
  signature: "signing",
};

const MAKERS: Readonly<Record<AttestationName, (work: Work) => Promise<void>>> = {
  async sbom(work) {
    const { access, component, artifact, image, record, signer } = work;
    const [platform] = image.mediaType === INDEX ? component.platforms : [];
    const predicate = await spdxOf({
      access,
      repository: component.image,
      digest: artifact.digest,
      releasedAt: record.releasedAt,
      scratch: signer.scratch,
      env: work.env,
      ...(platform === undefined ? {} : { platform }),
    });
    await attach(work, SPDX, predicate);
  },
  async provenance(work) {
    const { component, record, builder, run } = work;
    await attach(work, PROVENANCE, provenanceOf(component, record, builder, run));
  },
  async signature({ signer, access, component, artifact }) {
    await signManifest(signer, access, component.image, artifact.digest);
  },
};

async function attach(work: Work, predicateType: string, predicate: object): Promise<void> {
  const { artifact, component, signer, repository, image } = work;
  const name = `${artifact.registry}/${component.image}`;
  const text = statementText({ name, digest: artifact.digest }, predicateType, predicate);
  await attachStatement(signer, repository, image, { text, predicateType });
}

function only(wanted: readonly AttestationName[], found: AttestationDigests): AttestationDigests {
  return Object.fromEntries(
    wanted.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]]])),
  );
}

function nameOf({ record }: LookRequest): string {
  return `${record.component}@${record.version}`;
}

function referenceOf({ artifact, component }: LookRequest): string {
  return `${artifact.registry}/${component.image}@${artifact.digest}`;
}

function imageMissing(request: LookRequest): SlipwayError {
  return new SlipwayError({
    code: "image-missing",
    message: `${nameOf(request)}: ${referenceOf(request)} is not in the registry, expected what was built; build it again`,
  });
}

function unsigned(request: AttestRequest, { message }: CosignFailure): SlipwayError {
  const { registry } = request.artifact;
  return new SlipwayError({
    code: "attestation",
    message: `${nameOf(request)}: cosign could not sign ${referenceOf(request)}: ${message}; is COSIGN_PASSWORD right, and may this user push to ${registry} (az acr login)? Then run the command again`,
  });
}

function unlisted(request: AttestRequest, names: readonly AttestationName[]): SlipwayError {
  return new SlipwayError({
    code: "attestation",
    message: `${nameOf(request)}: ${names.join(" and ")} of ${referenceOf(request)} was pushed and is not among its referrers, expected it there; another run may have written them at the same time: run the command again`,
  });
}
