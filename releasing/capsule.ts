/** The capsule of a release: packed from its commit, pushed beside its image (S-8). */
import type { Capsule } from "../capsule/contract.ts";
import { hasPackage, type PackageRequest, packageFolder, packCapsule } from "../capsule/pack.ts";
import type {
  ArtifactReference,
  AttestationDigests,
  Component,
  ReleaseRecord,
} from "../registry/index.ts";
import { SlipwayError } from "../schemas/problem.ts";
import { attestedPayloads } from "./attest/index.ts";
import type { Source } from "./source/index.ts";

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
export async function whyNoCapsule(
  request: Pick<CapsuleRequest, "component" | "record" | "source">,
): Promise<string | undefined> {
  const wanted = packageRequest(request);
  if (wanted === undefined || (await hasPackage(wanted))) return undefined;
  const { commit } = request.record.source;
  return `${packageFolder(wanted)} is not in ${commit}: no capsule`;
}

export function packageRequest({
  component,
  record,
  source,
}: Pick<CapsuleRequest, "component" | "record" | "source">): PackageRequest | undefined {
  const { package: settings } = component;
  return settings && { component: { ...component, package: settings }, release: record, source };
}
