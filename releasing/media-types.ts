/** Media types, annotations and names of what releases push besides images (S-8, D-19). */

export { MANIFEST } from "../builds/referrers.ts";
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
