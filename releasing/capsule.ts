/** The capsule of a release: packed from its commit, pushed beside its image (S-8). */

import { attestedPayloads } from "../attest/index.ts";
import type { Capsule } from "../capsule/contract.ts";
import { hasPackage, packageFolder, packageOf, packCapsule } from "../capsule/pack.ts";
import {
  type ArtifactReference,
  type AttestationDigests,
  type CapsuleReference,
  type Component,
  capsuleRepository,
  type ReleaseRecord,
} from "../registry/index.ts";
import { commitTag } from "../registry/tags.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import type { Source } from "../source/index.ts";

export interface CapsuleRequest {
  component: Component;
  /** Its artifact and attestations need not be in it yet. */
  record: ReleaseRecord;
  /** What was built and pushed. */
  artifact: Required<Pick<ArtifactReference, "registry" | "digest">>;
  attestations: AttestationDigests;
  source: Source;
  env: Readonly<Record<string, string | undefined>>;
}

/** A release of a component that may have a package. */
export interface PackagedRelease {
  component: Component;
  record: Pick<ReleaseRecord, "version"> & { source: { path?: string; commit: string } };
  source: Source;
}

/**
 * Packs the capsule of a release whose image is built and attested. Writes nothing anywhere.
 *
 * @throws SlipwayError `catalogue-rule` where the component has no package, and as `packageOf` and
 *   `attestedPayloads`
 */
export async function capsuleOf(request: CapsuleRequest): Promise<Capsule> {
  const { component, record, artifact, attestations, env } = request;
  const wanted = packageRequest(request);
  if (wanted === undefined) {
    throw new SlipwayError({
      code: "catalogue-rule",
      message: `${component.name} has no package, expected one, which a capsule is made of; add package: { kind: kustomize, folder: <folder> } to it in releases/catalogue.yaml`,
    });
  }
  const image = { ...artifact, repository: component.image };
  const attested = await attestedPayloads({
    release: `${record.component}@${record.version}`,
    image,
    subject: { digest: artifact.digest, commit: record.source.commit },
    attestations,
    env,
  });
  return packCapsule({ ...wanted, image, attested });
}

/**
 * Why a release gets no capsule though its component has a package; undefined when it gets one, or
 * its component has none.
 */
export async function whyNoCapsule(request: PackagedRelease): Promise<string | undefined> {
  const wanted = packageRequest(request);
  if (wanted === undefined || (await hasPackage(wanted))) return undefined;
  const { commit } = request.record.source;
  return `${packageFolder(wanted)} is not in ${commit}: no capsule`;
}

/**
 * What keeps a package from being packed, found before anything is built. A commit that is tagged
 * already is taken as it is: without a package it gets no capsule.
 */
export async function packageProblems(
  release: PackagedRelease,
  isTagged: boolean,
): Promise<readonly Problem[]> {
  const wanted = packageRequest(release);
  if (wanted === undefined) return [];
  try {
    if (isTagged && !(await hasPackage(wanted))) return [];
    await packageOf(wanted);
    return [];
  } catch (error) {
    if (error instanceof SlipwayError) return error.problems;
    throw error;
  }
}

/**
 * Packs the capsule of a release, pushes it beside the image, and signs it where the image is signed.
 * Done before, it writes nothing.
 *
 * @returns undefined where the release gets none
 * @throws SlipwayError as `capsuleOf`, `pushCapsule` and `signCapsule`
 */
export async function releaseCapsule(
  request: CapsuleRequest & { note(line: string): void },
): Promise<CapsuleReference | undefined> {
  const { component, record, env, note } = request;
  if (component.package === undefined) return undefined;
  const id = `${record.component}@${record.version}`;
  const why = await whyNoCapsule(request);
  if (why !== undefined) {
    note(`${id}: ${why}`);
    return undefined;
  }
  note(`${id}: packing its capsule`);
  const capsule = await capsuleOf(request);
  const { pushCapsule, sourceOf } = await import("../capsule/registry/index.ts");
  const source = sourceOf(capsule, `the capsule of ${id}`);
  const { repository, tag, digest, ref, pushed } = await pushCapsule({ source, env });
  note(`${id}: ${pushed ? "pushed" : "found"} ${ref}`);
  if (component.attestations.signature) {
    const { signCapsule } = await import("./sign-capsule.ts");
    const { registry } = request.artifact;
    const { commit } = record.source;
    const signed = await signCapsule({ registry, repository, digest, commit, env });
    if (signed) note(`${id}: signed ${ref}`);
  }
  return { repository, tag, digest };
}

/**
 * Where a release's capsule goes, and whether one is there; undefined where it gets none.
 *
 * @param registry `<name>.azurecr.io`
 * @param isBuilt whether its image is there, which a capsule comes after
 */
export async function capsulePlace(
  release: PackagedRelease,
  registry: string,
  isBuilt: boolean,
  env: CapsuleRequest["env"],
): Promise<{ ref: string; done: boolean } | undefined> {
  const { component, record } = release;
  const wanted = packageRequest(release);
  if (wanted === undefined || !(await hasPackage(wanted))) return undefined;
  const repository = capsuleRepository(component.image);
  const tag = commitTag(record.source.commit);
  const ref = `${registry}/${repository}:${tag}`;
  if (!isBuilt) return { ref, done: false };
  const { openRemote } = await import("../capsule/registry/index.ts");
  const found = await openRemote({ registry, repository }, { env }).resolve(tag);
  return { ref, done: found !== undefined };
}

function packageRequest({ component, record, source }: PackagedRelease) {
  const { package: settings } = component;
  return settings && { component: { ...component, package: settings }, release: record, source };
}
