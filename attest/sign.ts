import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ANNOTATION, EMPTY_CONFIG, MANIFEST } from "../builds/media-types.ts";
import type { RegistryAccess } from "../builds/registry-access.ts";
import type { ImageRepository, ResolvedManifest } from "../builds/registry-client.ts";
import { BUNDLE } from "./bundle.ts";
import { cosign, type Environment, OFFLINE } from "./cosign.ts";
import type { ReleaseKeys } from "./keys.ts";

export interface Signer {
  keys: ReleaseKeys;
  env: Environment;
  /** Empty folder for what comes in between. */
  scratch: string;
}

/**
 * Lets cosign sign a manifest, which puts the signature beside it as a referrer.
 *
 * @throws CosignFailure
 */
export async function signManifest(
  signer: Signer,
  access: RegistryAccess,
  repository: string,
  digest: string,
): Promise<void> {
  const key = await signer.keys.signingKey();
  const client = access.client("cosign");
  const reference = access.reference(repository, digest);
  const args = ["sign", ...OFFLINE, `--key=${key}`, ...client.args, "--", reference];
  await cosign(args, { ...signer.env, ...client.env }, signer.keys.variables);
}

/**
 * Lets cosign sign a statement, and puts the bundle beside the manifest that it is about, in the
 * form that `cosign verify-attestation` looks for. `cosign attest` would do both at once, but writes
 * in-toto's statement of version 0.1, with the address of this machine's endpoint in it, and drops
 * what it does not know of a provenance.
 *
 * @throws CosignFailure
 */
export async function attachStatement(
  signer: Signer,
  repository: ImageRepository,
  subject: ResolvedManifest,
  statement: { text: string; predicateType: string },
): Promise<void> {
  const bundle = await signStatement(signer, statement.text);
  await pushBundle(repository, subject, bundle, {
    artifactType: BUNDLE,
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": statement.predicateType,
      [ANNOTATION.created]: `${new Date().toISOString().slice(0, 19)}Z`,
    },
  });
}

/** Puts a Sigstore bundle beside the manifest that it is about. */
export async function pushBundle(
  repository: ImageRepository,
  { mediaType, digest, size }: ResolvedManifest,
  bundle: Uint8Array,
  about: {
    artifactType: string;
    /** Name of the bundle as a file. */
    title?: string;
    annotations?: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { artifactType, title, annotations } = about;
  const config = await repository.pushBlob(Buffer.from("{}"), EMPTY_CONFIG);
  const layer = await repository.pushBlob(bundle, BUNDLE);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType,
    config,
    layers: [
      title === undefined ? layer : { ...layer, annotations: { [ANNOTATION.title]: title } },
    ],
    subject: { mediaType, digest, size },
    ...(annotations && { annotations }),
  };
  await repository.pushReferrer(Buffer.from(JSON.stringify(manifest)));
}

async function signStatement(signer: Signer, text: string): Promise<Uint8Array> {
  const key = await signer.keys.signingKey();
  const [statement, bundle] = [
    join(signer.scratch, "statement.json"),
    join(signer.scratch, "bundle.json"),
  ];
  await writeFile(statement, text);
  const args = ["attest-blob", ...OFFLINE, `--key=${key}`, `--statement=${statement}`];
  // Printed otherwise, payload and all.
  const envelope = join(signer.scratch, "envelope.json");
  const outputs = [`--bundle=${bundle}`, `--output-signature=${envelope}`];
  await cosign([...args, ...outputs], signer.env, signer.keys.variables);
  return readFile(bundle);
}

/**
 * Lets cosign sign a file's content, for `cosign verify-blob --bundle`.
 *
 * @returns the bundle
 * @throws CosignFailure
 */
export async function signContent(signer: Signer, content: Uint8Array): Promise<Uint8Array> {
  const key = await signer.keys.signingKey();
  const [file, bundle] = [join(signer.scratch, "content"), join(signer.scratch, "content.json")];
  await writeFile(file, content);
  const args = ["sign-blob", ...OFFLINE, `--key=${key}`, `--bundle=${bundle}`, "--", file];
  await cosign(args, signer.env, signer.keys.variables);
  return readFile(bundle);
}
