import type { ResolvedManifest } from "../../builds/registry-client.ts";
import type { CapsuleManifest } from "../read.ts";
import type { CapsuleRelease } from "../release-text.ts";
import type { CapsuleSource } from "../source.ts";
import { checkFreight, type Freight } from "./freight.ts";
import { checkIdentity } from "./identity.ts";
import { checkImage, type OpenImages } from "./image.ts";
import { readParts } from "./parts.ts";
import { checkProvenance } from "./provenance.ts";
import { attempt, skipped } from "./result.ts";
import { checkSbom } from "./sbom.ts";
import { checkSignature, type Signers } from "./signature.ts";
import {
  type CapsuleClaims,
  type CapsuleVerdict,
  CHECK_NAMES,
  type Check,
  type CheckName,
  type ReadCapsule,
  type Result,
  type SignatureLookup,
} from "./types.ts";

export interface VerifyOptions {
  /** The repository that the capsule is in; absent where it is read from a folder. */
  home?: {
    /** Host of the registry, as it is named by whoever asks. */
    registry: string;
    repository: string;
    lookup: SignatureLookup;
  };
  /** Release that it has to be; without a version any release of the component. */
  expected?: { component: string; version?: string };
  openImages: OpenImages;
  signers: Signers;
  /** What says who may sign, as evidence names it. */
  policy: string;
  /** What Kargo pins, where it is asked about. */
  freight?: Freight;
}

/**
 * Checks a capsule against itself, its image's registry, its signature and, where one is given, a
 * Freight, without its package: no byte of that layer is read. Every check is made, whatever the
 * others say.
 *
 * @throws SlipwayError where the capsule itself cannot be read
 */
export async function verifyCapsule(
  source: CapsuleSource,
  options: VerifyOptions,
): Promise<CapsuleVerdict> {
  const { parts, result } = await readParts(source);
  const results = { manifest: result, ...(await resultsOf(parts, source.tag, options)) };
  const checks = CHECK_NAMES.map((name): Check => ({ name, ...results[name] }));
  return {
    ok: checks.every(({ verdict }) => verdict === "passed" || verdict === "skipped"),
    ref: source.name,
    digest: parts.digest,
    ...(parts.manifest && { identity: claimsOf(parts.manifest, parts) }),
    checks,
  };
}

type Results = Readonly<Record<CheckName, Result>>;

async function resultsOf(
  parts: ReadCapsule,
  tag: string | undefined,
  options: VerifyOptions,
): Promise<Omit<Results, "manifest">> {
  const { manifest, release } = parts;
  const { home, freight } = options;
  if (manifest === undefined) return allOf(skipped("the manifest cannot be read"));
  const { component, commit } = manifest;
  const about = { component, subject: { digest: parts.digest, commit } };
  const signing = attempt(() =>
    checkSignature(about, options.signers, options.policy, home?.lookup),
  );
  if (release === undefined) {
    return { ...allOf(skipped("release.yaml cannot be read")), signature: await signing };
  }
  const asked = { tag, home, expected: options.expected };
  const [identity, image, signature] = await Promise.all([
    attempt(() => checkIdentity({ digest: parts.digest, manifest, release }, asked)),
    lookAtImage(release, options.openImages),
    signing,
  ]);
  return {
    identity,
    image: image.result,
    provenance: ifRead(parts.provenance, (content) => checkProvenance(content, release)),
    sbom: ifRead(parts.sbom, (content) => checkSbom(content, release.image.digest, image.found)),
    signature,
    freight:
      freight === undefined
        ? skipped("no Freight was given")
        : checkFreight(
            freight,
            release,
            parts.digest,
            home && `${home.registry}/${home.repository}`,
          ),
  };
}

function allOf(each: Result): Omit<Results, "manifest"> {
  return {
    identity: each,
    image: each,
    provenance: each,
    sbom: each,
    signature: each,
    freight: each,
  };
}

async function lookAtImage(
  release: CapsuleRelease,
  open: OpenImages,
): Promise<{ result: Result; found?: ResolvedManifest }> {
  let found: ResolvedManifest | undefined;
  const result = await attempt(async () => {
    const looked = await checkImage(release, open);
    found = looked.found;
    return looked.result;
  });
  return { result, ...(found && { found }) };
}

function ifRead(content: Uint8Array | undefined, check: (content: Uint8Array) => Result): Result {
  return content === undefined ? skipped("it cannot be read") : check(content);
}

function claimsOf(manifest: CapsuleManifest, { release }: ReadCapsule): CapsuleClaims {
  const { component, version, commit, repository, created } = manifest;
  return {
    component,
    version,
    commit,
    repository,
    created,
    ...(release && { image: release.image, package: release.package }),
  };
}
