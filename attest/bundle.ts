import type { KeyObject } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, Verifier } from "@sigstore/verify";
import { readStatement, type Statement } from "./statement.ts";

/** Of a layer, and `artifactType` of the manifest around it. */
export const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const IN_TOTO = "application/vnd.in-toto+json";

/**
 * The statement inside a Sigstore bundle that one key has signed. Signed by key alone: neither a
 * certificate nor a transparency log nor a timestamp counts for anything.
 *
 * @returns undefined when it is no bundle, holds no statement, or another key signed it
 */
export function openBundle(content: Uint8Array, key: KeyObject): Statement | undefined {
  try {
    const bundle = bundleFromJSON(JSON.parse(Buffer.from(content).toString("utf8")));
    if (bundle.content.$case !== "dsseEnvelope") return undefined;
    const { payload, payloadType } = bundle.content.dsseEnvelope;
    if (payloadType !== IN_TOTO) return undefined;
    verifierFor(key).verify(toSignedEntity(bundle));
    return readStatement(payload);
  } catch {
    return undefined;
  }
}

/** Whether a bundle is one key's signature of a file's content. */
export function signsContent(bundle: Uint8Array, content: Uint8Array, key: KeyObject): boolean {
  try {
    const read = bundleFromJSON(JSON.parse(Buffer.from(bundle).toString("utf8")));
    if (read.content.$case !== "messageSignature") return false;
    verifierFor(key).verify(toSignedEntity(read, Buffer.from(content)));
    return true;
  } catch {
    return false;
  }
}

function verifierFor(key: KeyObject): Verifier {
  return new Verifier(
    {
      certificateAuthorities: [],
      timestampAuthorities: [],
      tlogs: [],
      ctlogs: [],
      publicKey: () => ({ publicKey: key, validFor: () => true }),
    },
    { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 },
  );
}
