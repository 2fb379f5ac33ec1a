export { type AttestRequest, attest } from "./attest.ts";
export { type ReleaseKeys, releaseKeys } from "./keys.ts";
export type { Builder, BuildRun } from "./provenance.ts";
export { verifyAttestations } from "./verify.ts";
