import { LIMITS } from "./archive.ts";

/**
 * Largest parts of a capsule, in bytes: for who packs and pushes it as for who verifies it. Kargo takes
 * no layer above 100 MB.
 */
export const PART_MAX_BYTES = {
  manifest: 64 * 1024,
  config: 64 * 1024,
  package: LIMITS.compressed,
  release: 64 * 1024,
  provenance: 4 * 1024 * 1024,
  sbom: 100_000_000,
} as const;

export type PartName = keyof typeof PART_MAX_BYTES;
