export { type Freight, freightFrom, readFreight } from "./freight.ts";
export type { OpenImages } from "./image.ts";
export { lookupIn } from "./remote-lookup.ts";
export { hasSignature, oneSigner, type Signers, signersOf } from "./signature.ts";
export {
  type CapsuleVerdict,
  CHECK_NAMES,
  type Check,
  type CheckName,
  type ManifestLookup,
  type SignatureLookup,
  type Verdict,
} from "./types.ts";
export { type VerifyOptions, verifyCapsule } from "./verify.ts";
