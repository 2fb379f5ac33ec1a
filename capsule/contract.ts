/** A capsule in bytes: how it is made of its parts. docs/CAPSULE.md is the contract for readers. */
import { sha256 } from "../builds/digest.ts";
import {
  CAPSULE,
  CAPSULE_CONFIG,
  MANIFEST,
  PACKAGE_LAYER,
  PROVENANCE_LAYER,
  RELEASE_LAYER,
  SBOM_LAYER,
} from "../builds/media-types.ts";
import type { PackedPackage } from "./archive.ts";
import { type CapsuleRelease, releaseText } from "./release-text.ts";

/** Name of each layer's file, in the layers' order. */
const TITLES = {
  package: "package.tar.gz",
  release: "release.yaml",
  provenance: "metadata/provenance.intoto.jsonl",
  sbom: "metadata/sbom.spdx.json",
} as const;

/** What image and capsule are of (D-16). */
export interface CapsuleIdentity {
  component: string;
  version: string;
  /** Clone URL. */
  repository: string;
  /** Folder of the repository that the package was taken from. */
  path: string;
  /** 40 hex. */
  commit: string;
  /** The commit's time, `YYYY-MM-DDTHH:MM:SSZ`. */
  created: string;
}

export interface CapsuleParts {
  identity: CapsuleIdentity;
  /** `ref` is `<name>.azurecr.io/<repository>:git-<commit>`, `digest` is `sha256:<hex>`. */
  image: { ref: string; digest: string };
  package: { kind: "kustomize"; path: string; packed: PackedPackage; files: number };
  /** The in-toto statement as it was signed. */
  provenance: Uint8Array;
  /** SPDX JSON. */
  sbom: Uint8Array;
}

export interface Blob {
  mediaType: string;
  /** `sha256:<hex>` */
  digest: string;
  content: Uint8Array;
}

export interface Capsule {
  /** `sha256:<hex>` of the manifest: the digest of the capsule. */
  digest: string;
  manifest: Uint8Array;
  config: Blob;
  /** In the manifest's order. */
  layers: readonly Blob[];
}

/** Pure: the same parts, the same bytes. */
export function buildCapsule(parts: CapsuleParts): Capsule {
  const { identity, provenance, sbom } = parts;
  const config = blob(CAPSULE_CONFIG, Buffer.from(configText(parts)));
  const contents = [
    [PACKAGE_LAYER, TITLES.package, parts.package.packed.content],
    [RELEASE_LAYER, TITLES.release, Buffer.from(releaseText(releaseOf(parts)))],
    [PROVENANCE_LAYER, TITLES.provenance, provenance],
    [SBOM_LAYER, TITLES.sbom, sbom],
  ] as const;
  const layers = contents.map(([mediaType, , content]) => blob(mediaType, content));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType: CAPSULE,
      config: descriptorOf(config),
      layers: layers.map((layer, index) => ({
        ...descriptorOf(layer),
        annotations: { "org.opencontainers.image.title": contents[index]?.[1] },
      })),
      annotations: {
        "org.opencontainers.image.created": identity.created,
        "org.opencontainers.image.revision": identity.commit,
        "org.opencontainers.image.source": identity.repository,
        "org.opencontainers.image.title": identity.component,
        "org.opencontainers.image.version": identity.version,
      },
    }),
  );
  return { digest: sha256(manifest), manifest, config, layers };
}

function configText({ package: { packed, files } }: CapsuleParts): string {
  const { diffId, size } = packed;
  return JSON.stringify({ schema_version: 1, package: { diff_id: diffId, size, files } });
}

function releaseOf({ identity, image, package: { kind, path } }: CapsuleParts): CapsuleRelease {
  const { component, version, repository, commit } = identity;
  const source = { repository, path: identity.path, commit };
  return { component, version, source, image, package: { kind, path } };
}

function blob(mediaType: string, content: Uint8Array): Blob {
  return { mediaType, digest: sha256(content), content };
}

function descriptorOf({ mediaType, digest, content }: Blob) {
  return { mediaType, digest, size: content.byteLength };
}
