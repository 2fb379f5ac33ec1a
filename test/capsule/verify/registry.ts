import { sign as cryptoSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { RestError } from "@azure/core-rest-pipeline";
import { sha256 } from "../../../builds/digest.ts";
import type { Descriptor } from "../../../builds/referrers.ts";
import type { ResolvedManifest } from "../../../builds/registry-client.ts";
import type { SignatureLookup } from "../../../capsule/verify/index.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json";
const IN_TOTO = "application/vnd.in-toto+json";

/** One repository of a registry, in memory. */
export class MemoryRepository implements SignatureLookup {
  readonly #manifests = new Map<string, ResolvedManifest>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #referrers = new Map<string, Descriptor[]>();

  /** Pushes a manifest under its digest, and a tag besides. */
  push(content: Uint8Array, tag?: string): string {
    const digest = sha256(content);
    const manifest = { digest, mediaType: MANIFEST, content, size: content.byteLength };
    for (const reference of [digest, ...(tag === undefined ? [] : [tag])]) {
      this.#manifests.set(reference, manifest);
    }
    return digest;
  }

  pushBlob(content: Uint8Array): { digest: string; size: number } {
    const digest = sha256(content);
    this.#blobs.set(digest, content);
    return { digest, size: content.byteLength };
  }

  /** Puts a signature of a manifest beside it, as cosign 3 does. */
  signBundle(digest: string, { privateKey }: KeyPair, about = digest): void {
    this.attach(digest, bundleOf(statement(about), privateKey));
  }

  /** Puts a bundle beside a manifest. */
  attach(digest: string, bundle: Uint8Array, subject = digest): void {
    const layer = { mediaType: BUNDLE, ...this.pushBlob(bundle) };
    const content = json({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType: BUNDLE,
      layers: [layer],
      subject: { mediaType: MANIFEST, digest: subject, size: 1 },
    });
    const referrer = {
      mediaType: MANIFEST,
      digest: this.push(content),
      size: content.byteLength,
      artifactType: BUNDLE,
    };
    this.#referrers.set(digest, [...(this.#referrers.get(digest) ?? []), referrer]);
  }

  /** Puts a signature of a manifest under its tag, as cosign 2 does. */
  signSimple(
    digest: string,
    { privateKey }: KeyPair,
    { about = digest, type = "cosign container image signature" } = {},
  ): void {
    const payload = json({
      critical: { identity: {}, image: { "docker-manifest-digest": about }, type },
      optional: null,
    });
    const algorithm = privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
    const signature = cryptoSign(algorithm, payload, privateKey).toString("base64");
    const layer = {
      mediaType: SIMPLE,
      ...this.pushBlob(payload),
      annotations: { "dev.cosignproject.cosign/signature": signature },
    };
    this.push(json({ schemaVersion: 2, layers: [layer] }), `${digest.replace(":", "-")}.sig`);
  }

  async resolve(reference: string): Promise<ResolvedManifest | undefined> {
    return this.#manifests.get(reference);
  }

  async referrers(digest: string): Promise<Descriptor[]> {
    return this.#referrers.get(digest) ?? [];
  }

  async readBlob(digest: string): Promise<Uint8Array> {
    const content = this.#blobs.get(digest);
    if (content === undefined) throw new RestError("no such blob", { statusCode: 404 });
    return content;
  }
}

/** A registry that answers nothing. */
export const DOWN: SignatureLookup = {
  resolve: down,
  referrers: down,
  readBlob: down,
};

function down(): Promise<never> {
  return Promise.reject(new RestError("connect ECONNREFUSED"));
}

export interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export function keyPair(kind: "ec" | "ed25519" | "rsa" = "ec"): KeyPair {
  if (kind === "ed25519") return generateKeyPairSync("ed25519");
  return kind === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: "P-256" });
}

export function statement(
  digest: string,
  predicateType = "https://sigstore.dev/cosign/sign/v1",
): Uint8Array {
  const subject = [{ digest: { sha256: digest.slice("sha256:".length) } }];
  return json({ _type: "https://in-toto.io/Statement/v1", subject, predicateType, predicate: {} });
}

/** https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
export function bundleOf(payload: Uint8Array, privateKey: KeyObject): Uint8Array {
  const head = `DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${payload.byteLength} `;
  const signed = Buffer.concat([Buffer.from(head), payload]);
  const sig = cryptoSign("sha256", signed, privateKey).toString("base64");
  return json({
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: "key" }, tlogEntries: [] },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString("base64"),
      payloadType: IN_TOTO,
      signatures: [{ sig, keyid: "" }],
    },
  });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
