/** Cosign's former way to keep signatures: a manifest under a tag, each layer a text that was signed. */
import { type KeyObject, verify } from "node:crypto";
import { RestError } from "@azure/core-rest-pipeline";
import { annotationOf } from "../../builds/documents.ts";
import { JsonProblem, parseStrictly } from "./json.ts";
import { isOtherBytes } from "./result.ts";
import type { SignatureLookup } from "./types.ts";

/** Of a layer. */
export const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE = "dev.cosignproject.cosign/signature";
const TYPE = "cosign container image signature";

export interface SimpleSignature {
  /** What was signed; checked against nothing yet. */
  payload: Uint8Array;
  /** Of the payload. */
  signature: Uint8Array;
}

/** The parts of a manifest and a payload that are read here; all from outside. */
interface SigningDocument {
  layers?: unknown;
  mediaType?: unknown;
  digest?: unknown;
  annotations?: unknown;
  critical?: unknown;
  image?: unknown;
  type?: unknown;
  "docker-manifest-digest"?: unknown;
}

/** A payload names a digest and a repository; more than this is none. */
const MAX_BYTES = 64 * 1024;
const MAX_LAYERS = 100;

/** Tag of a manifest's signatures. */
export function signatureTag(digest: string): string {
  return `${digest.replace(":", "-")}.sig`;
}

/**
 * The signatures of a manifest under a reference.
 *
 * @returns empty where there is none
 * @throws RestError
 */
export async function simpleSignatures(
  lookup: Pick<SignatureLookup, "resolve" | "readBlob">,
  reference: string,
): Promise<SimpleSignature[]> {
  const manifest = await whole(() => lookup.resolve(reference));
  if (manifest === undefined) return [];
  const { layers } = parse(manifest.content);
  const entries = (Array.isArray(layers) ? layers : []).slice(0, MAX_LAYERS).map(objectOf);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const { mediaType, digest } = entry;
      const signature = annotationOf(entry, SIGNATURE);
      if (mediaType !== SIMPLE_SIGNING || typeof digest !== "string") return [];
      if (signature === undefined) return [];
      const payload = await whole(() => lookup.readBlob(digest, MAX_BYTES));
      return payload === undefined
        ? []
        : [{ payload, signature: Buffer.from(signature, "base64") }];
    }),
  );
  return found.flat();
}

/** @returns why a signature does not count; undefined when it does */
export function simpleProblem(
  { payload, signature }: SimpleSignature,
  digest: string,
  key: KeyObject,
): string | undefined {
  if (!isSigned(payload, signature, key)) return "is not signed with the verification key";
  const { critical } = parse(payload);
  const { image, type } = objectOf(critical);
  if (type !== TYPE) return "is no signature of a manifest";
  const signed = objectOf(image)["docker-manifest-digest"];
  return signed === digest ? undefined : "is signed for another digest";
}

function isSigned(payload: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  try {
    // As cosign does: Ed25519 has no digest of its own, all others sign that of SHA-256.
    return verify(key.asymmetricKeyType === "ed25519" ? null : "sha256", payload, key, signature);
  } catch {
    return false;
  }
}

/** @returns undefined for what is gone, or is other bytes than its digest says */
async function whole<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isOtherBytes(error)) return undefined;
    if (error instanceof RestError && error.statusCode === 404) return undefined;
    throw error;
  }
}

function parse(content: Uint8Array): SigningDocument {
  try {
    return objectOf(parseStrictly(content));
  } catch (error) {
    if (error instanceof JsonProblem) return {};
    throw error;
  }
}

function objectOf(value: unknown): SigningDocument {
  return typeof value === "object" && value !== null ? value : {};
}
