/** Packing: a capsule is a function of a release's commit and of what was attested of its image. */

import type { AttestedPayloads } from "../attest/index.ts";
import type { Component, PackageSettings, ReleaseRecord } from "../registry/index.ts";
import { commitTag } from "../registry/tags.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import type { Source, SourceCommit } from "../source/index.ts";
import { ArchiveProblem, type PackedPackage, packPackage } from "./archive.ts";
import { buildCapsule, type Capsule } from "./contract.ts";
import { PART_MAX_BYTES } from "./limits.ts";
import { packageFiles } from "./package-files.ts";

/** Which package of which commit. */
export interface PackageRequest {
  component: Pick<Component, "name" | "path" | "repository"> & { package: PackageSettings };
  release: Pick<ReleaseRecord, "version"> & { source: { path?: string; commit: string } };
  source: Source;
}

export interface PackRequest extends PackageRequest {
  /** `registry` is `<name>.azurecr.io`, `digest` is `sha256:<hex>`. */
  image: { registry: string; repository: string; digest: string };
  attested: AttestedPayloads;
}

/** A package as its layer has it. */
export interface ReleasePackage {
  packed: PackedPackage;
  files: number;
  /** Folder of the repository. */
  folder: string;
  /** `package` or a folder below it: what is rendered. */
  path: string;
  /** The commit's time, `YYYY-MM-DDTHH:MM:SSZ`. */
  created: string;
}

/** A file that makes a folder one that kustomize builds. */
const KUSTOMIZATION = /^(kustomization\.ya?ml|Kustomization)$/;

/**
 * Packs the package of a release with what was attested of its image. Reads the commit and nothing
 * of a checkout.
 *
 * @throws SlipwayError `attestation` for what is larger than a capsule's part may be, and as `packageOf`
 */
export async function packCapsule(request: PackRequest): Promise<Capsule> {
  const { component, release, image, attested } = request;
  const { commit } = release.source;
  checkSizes(request);
  const { packed, files, folder, path, created } = await packageOf(request);
  const { registry, repository, digest } = image;
  return buildCapsule({
    identity: {
      component: component.name,
      version: release.version,
      repository: component.repository.url,
      path: folder,
      commit,
      created,
    },
    image: { ref: `${registry}/${repository}:${commitTag(commit)}`, digest },
    package: { kind: component.package.kind, path, packed, files },
    provenance: attested.provenance,
    sbom: attested.sbom,
  });
}

/** What whoever verifies would refuse is not packed. */
function checkSizes({ component, release, attested }: PackRequest): void {
  const parts = [
    ["a provenance", attested.provenance, PART_MAX_BYTES.provenance],
    ["an SBOM", attested.sbom, PART_MAX_BYTES.sbom],
  ] as const;
  const problems = parts.flatMap(([what, { byteLength }, most]): Problem[] => {
    if (byteLength <= most) return [];
    const message = `${component.name}@${release.version}: found ${what} of ${byteLength} bytes attested of its image, expected at most ${most}, as much as a capsule holds; release it anew with a smaller one`;
    return [{ code: "attestation", message }];
  });
  if (problems.length > 0) throw new SlipwayError(problems);
}

/**
 * @throws SlipwayError `artifact-rule` for a package that cannot be packed or that nothing would render;
 *   `source-path`, `commit-unreachable`
 */
export async function packageOf(request: PackageRequest): Promise<ReleasePackage> {
  const { component, release, source } = request;
  const { commit } = release.source;
  const folder = packageFolder(request);
  const at = await commitOf(request);
  const files = await packageFiles(source, commit, folder);
  const path = ["package", component.package.path].filter((part) => part !== ".").join("/");
  const isRoot = (file: string) =>
    file.startsWith(`${path}/`) && KUSTOMIZATION.test(file.slice(path.length + 1));
  if (!files.some((file) => isRoot(file.path))) {
    throw refusal(request, `has no kustomization.yaml at ${component.package.path}`);
  }
  const time = Date.parse(at.committedAt) / 1000;
  const packed = await packPackage(files, time).catch((error: unknown) => {
    throw error instanceof ArchiveProblem ? refusal(request, error.message) : error;
  });
  return { packed, files: files.length, folder, path, created: at.committedAt };
}

/**
 * Whether a commit has the package at all: earlier ones have none, and get no capsule.
 *
 * @throws SlipwayError `commit-unreachable`, `source-path`
 */
export async function hasPackage(request: PackageRequest): Promise<boolean> {
  const { component, release, source } = request;
  const { folder } = component.package;
  await commitOf(request);
  const listed = await source.files(release.source.commit, placeOf(request));
  if (folder === ".") {
    // The component's own folder is always there: only what is to be rendered tells.
    const root = component.package.path === "." ? "" : `${component.package.path}/`;
    return listed.some(
      ({ path }) => path.startsWith(root) && KUSTOMIZATION.test(path.slice(root.length)),
    );
  }
  return listed.some(({ path }) => path === folder || path.startsWith(`${folder}/`));
}

/** Folder of the package, relative to the repository's root. */
export function packageFolder(request: PackageRequest): string {
  const parts = [placeOf(request), request.component.package.folder];
  return parts.filter((part) => part !== ".").join("/") || ".";
}

/** A release may be older than its repository's history, which somebody wrote anew. */
async function commitOf({ component, release, source }: PackageRequest): Promise<SourceCommit> {
  const { commit } = release.source;
  const found = await source.commit(commit);
  if (found !== undefined) return found;
  throw new SlipwayError({
    code: "commit-unreachable",
    message: `${component.name}@${release.version}: found no commit ${commit} in ${source.repository.url}, expected the one that was released; push it there again: git push <url> ${commit}:refs/heads/<branch>`,
  });
}

/** The component's folder may have moved since. */
function placeOf({ component, release }: PackageRequest): string {
  return release.source.path ?? component.path;
}

function refusal(request: PackageRequest, why: string): SlipwayError {
  const { component, release, source } = request;
  const { commit } = release.source;
  return new SlipwayError({
    code: "artifact-rule",
    message: `${component.name}@${release.version}: ${packageFolder(request)} of ${source.repository.url} at ${commit} ${why}, expected a package that can be packed and rendered; correct it, or package in releases/catalogue.yaml`,
  });
}
