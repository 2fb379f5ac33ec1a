/**
 * Media types, annotations and names of what releases push besides images (S-8, D-19): all of ours, and
 * others' that we write.
 */

export { MANIFEST } from "./referrers.ts";
/** Config of an artifact that has none: `{}`. */
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";
/** https://helm.sh/docs/topics/registries/ */
export const HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json";
export const HELM_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/** Files of a release, each a layer of its own with its name as title. */
export const BINARIES = "application/vnd.slipway.binaries.v1";
/**
 * A referrer of them: cosign's bundle of the checksums file, for `cosign verify-blob`. A type of its
 * own, since `cosign verify` takes every bundle of cosign's type for one about the manifest.
 */
export const CHECKSUMS_SIGNATURE = "application/vnd.slipway.checksums.signature.v1";

/**
 * A capsule: `artifactType` of its manifest, its config, and its layers in their order. Flux and Kargo
 * take the first layer by its media type.
 */
export const CAPSULE = "application/vnd.slipway.capsule.v1";
export const CAPSULE_CONFIG = "application/vnd.slipway.capsule.config.v1+json";
export const PACKAGE_LAYER = "application/vnd.cncf.flux.content.v1.tar+gzip";
export const RELEASE_LAYER = "application/vnd.slipway.capsule.release.v1+yaml";
export const PROVENANCE_LAYER = "application/vnd.in-toto+json";
export const SBOM_LAYER = "application/spdx+json";
/** The small referrer that an image has for its capsule, and its annotation `<repository>@sha256:<hex>`. */
export const CAPSULE_REFERRER = "application/vnd.slipway.capsule-reference.v1";
export const CAPSULE_ANNOTATION = "dev.slipway.capsule";

/** Keys that OCI has reserved for these meanings. */
export const ANNOTATION = {
  created: "org.opencontainers.image.created",
  description: "org.opencontainers.image.description",
  revision: "org.opencontainers.image.revision",
  source: "org.opencontainers.image.source",
  title: "org.opencontainers.image.title",
  version: "org.opencontainers.image.version",
} as const;

/** Name of the file with the checksums of a release's files. */
export const CHECKSUMS = "checksums.txt";
