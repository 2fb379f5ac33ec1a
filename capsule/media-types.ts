/** Media types, artifact types and annotation keys of a capsule (S-8); docs/CAPSULE.md explains them. */

/** `artifactType` of the manifest. */
export const CAPSULE = "application/vnd.slipway.capsule.v1";
export const CAPSULE_CONFIG = "application/vnd.slipway.capsule.config.v1+json";

/** Layers, in their order. Flux and Kargo take the first by its media type. */
export const PACKAGE_LAYER = "application/vnd.cncf.flux.content.v1.tar+gzip";
export const RELEASE_LAYER = "application/vnd.slipway.capsule.release.v1+yaml";
export const PROVENANCE_LAYER = "application/vnd.in-toto+json";
export const SBOM_LAYER = "application/spdx+json";

/** `artifactType` of the small referrer that an image has for its capsule. */
export const CAPSULE_REFERRER = "application/vnd.slipway.capsule-reference.v1";
/** Annotation of that referrer: `<repository>@sha256:<hex>`. */
export const CAPSULE_ANNOTATION = "dev.slipway.capsule";
