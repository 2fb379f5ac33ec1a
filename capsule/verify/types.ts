import type { ImageRepository } from "../../builds/registry-client.ts";
import type { ProblemCode } from "../../schemas/problem.ts";
import type { CapsuleManifest } from "../read.ts";
import type { CapsuleRelease } from "../release-text.ts";

/** What is checked, in the order in which it is told. */
export const CHECK_NAMES = [
  "manifest",
  "identity",
  "image",
  "provenance",
  "sbom",
  "signature",
  "freight",
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/**
 * `refused`: it was looked at and is not as it has to be. `unknown`: it could not be looked at, which
 * is never a yes. `skipped`: nobody asked for it, or there is nothing left to compare.
 */
export type Verdict = "passed" | "refused" | "unknown" | "skipped";

export interface Check {
  name: CheckName;
  verdict: Verdict;
  /** What was compared, or what was found and expected. One line. */
  evidence: string;
  /** Of a check that did not pass and was not skipped. */
  code?: ProblemCode;
}

/** What one check says, before it has its name. */
export type Result = Omit<Check, "name">;

/** The document of `slipway capsule verify`. */
export interface CapsuleVerdict {
  /** Whether nothing was refused and nothing is unknown. */
  ok: boolean;
  /** As the capsule was asked for. */
  ref: string;
  /** `sha256:<hex>` */
  digest: string;
  /** What the capsule says of itself; absent where that cannot be read. */
  identity?: CapsuleClaims;
  checks: readonly Check[];
}

export interface CapsuleClaims {
  component: string;
  version: string;
  /** 40 hex. */
  commit: string;
  /** Clone URL. */
  repository: string;
  created: string;
  /** Absent where release.yaml cannot be read. */
  image?: CapsuleRelease["image"];
  package?: CapsuleRelease["package"];
}

/** A repository of a registry, as far as a check asks it. */
export type ManifestLookup = Pick<ImageRepository, "resolve">;
/** The same, where signatures are looked for. */
export type SignatureLookup = Pick<ImageRepository, "resolve" | "referrers" | "readBlob">;

/** A capsule's small parts; what cannot be read is absent. */
export interface ReadCapsule {
  /** `sha256:<hex>` */
  digest: string;
  manifest?: CapsuleManifest;
  release?: CapsuleRelease;
  /** The in-toto statement. */
  provenance?: Uint8Array;
  /** SPDX JSON. */
  sbom?: Uint8Array;
}
