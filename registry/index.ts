export { type BuildArgumentProblem, solutionsInBuildArguments } from "./build-arguments.ts";
export { CATALOGUE_FILE } from "./catalogue.ts";
export { type Combination, type CombinationVerdict, judgeCombination } from "./combinations.ts";
export { COMPATIBILITY_FILE } from "./compatibility.ts";
export { decisionFile, writeDecision } from "./decisions.ts";
export type { DecisionDocument } from "./document-types.ts";
export { type BuiltArtifact, finishRecord, type WriteOutcome, writeRecord } from "./finish.ts";
export { loadCatalogue, loadRegistry, type RegistryOptions } from "./load.ts";
export { platformFile, writePlatform } from "./platforms.ts";
export { recordBytes } from "./record-bytes.ts";
export { recordFile } from "./records.ts";
export { signersProblems } from "./signers.ts";
export { capsuleRepository, releaseTag, tagPrefix } from "./tags.ts";
export type {
  App,
  AppEnvValue,
  AppMount,
  ArtifactKind,
  ArtifactReference,
  AttestationDigests,
  AttestationPolicy,
  BinariesSettings,
  CapsuleReference,
  Catalogue,
  ChartSettings,
  CompatibilityMatrix,
  CompatibilityRow,
  Component,
  GoModule,
  MountAccess,
  PackageSettings,
  PlatformManifest,
  ReleaseDecision,
  ReleaseRecord,
  ReleaseRegistry,
  ReleaseTarget,
  ShareName,
  SourceRepository,
  VersionScheme,
} from "./types.ts";
export {
  compareVersions,
  isStable,
  newestFirst,
  rangeProblem,
  satisfiesRange,
  versionProblem,
} from "./versions.ts";
