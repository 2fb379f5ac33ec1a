export { type AttestRequest, attest, attestationsOf, attested } from "./attest.ts";
export { findChecksumsSignature, signChecksums } from "./checksums.ts";
export { type ReleaseKeys, releaseKeys } from "./keys.ts";
export { type AttestedPayloads, attestedPayloads } from "./payloads.ts";
export type { Builder, BuildRun } from "./provenance.ts";
export { attestProblems } from "./ready.ts";
export type { AttestationName } from "./statement.ts";
export { verifyAttestations } from "./verify.ts";
