/** The signature of a release's checksums file, kept as a referrer of the artifact that has the file. */
import type { KeyObject } from "node:crypto";
import {
  annotationOf,
  type OciDocument,
  objectOf,
  parseAny,
  parseDocument,
} from "../builds/documents.ts";
import { ANNOTATION, CHECKSUMS, CHECKSUMS_SIGNATURE, EMPTY_CONFIG } from "../builds/media-types.ts";
import type { ImageRepository, ResolvedManifest } from "../builds/registry-client.ts";
import { SlipwayError } from "../schemas/problem.ts";
import { signsContent } from "./bundle.ts";
import { CosignFailure } from "./cosign.ts";
import { pushBundle, type Signer, signContent } from "./sign.ts";

const MAX_BYTES = 16 * 1024 * 1024;

/** @returns digest of a referrer with a signature that one key made */
export async function findChecksumsSignature(
  repository: ImageRepository,
  artifact: ResolvedManifest,
  key: KeyObject,
): Promise<string | undefined> {
  const content = await checksumsOf(repository, artifact);
  for (const { digest, artifactType } of await repository.referrers(artifact.digest)) {
    // Some registries tell the type of the config instead of the artifact's.
    if (![undefined, CHECKSUMS_SIGNATURE, EMPTY_CONFIG].includes(artifactType)) continue;
    const manifest = await repository.resolve(digest);
    const document = manifest === undefined ? {} : parseAny(manifest.content);
    if (document.artifactType !== CHECKSUMS_SIGNATURE) continue;
    if (objectOf(document.subject).digest !== artifact.digest) continue;
    const [layer] = layersOf(document);
    if (layer === undefined) continue;
    const bundle = await repository.readBlob(layer.digest, MAX_BYTES);
    if (signsContent(bundle, content, key)) return digest;
  }
  return undefined;
}

/**
 * Lets cosign sign the checksums file of an artifact, and pushes the bundle under the file's name
 * and `.sigstore.json`.
 *
 * @throws SlipwayError `attestation`, `signing-key`
 */
export async function signChecksums(
  signer: Signer,
  repository: ImageRepository,
  artifact: ResolvedManifest,
): Promise<void> {
  const bundle = await signed(signer, await checksumsOf(repository, artifact));
  await pushBundle(repository, artifact, bundle, {
    artifactType: CHECKSUMS_SIGNATURE,
    title: `${CHECKSUMS}.sigstore.json`,
  });
}

async function signed(signer: Signer, content: Uint8Array): Promise<Uint8Array> {
  try {
    return await signContent(signer, content);
  } catch (error) {
    if (!(error instanceof CosignFailure)) throw error;
    throw new SlipwayError(
      {
        code: "attestation",
        message: `cosign could not sign ${CHECKSUMS}: ${error.message}; is COSIGN_PASSWORD right? Then run the command again`,
      },
      { cause: error },
    );
  }
}

async function checksumsOf(
  repository: ImageRepository,
  artifact: ResolvedManifest,
): Promise<Uint8Array> {
  const layer = layersOf(parseDocument(artifact.content)).find(({ title }) => title === CHECKSUMS);
  if (layer === undefined) throw new Error(`${artifact.digest} has no ${CHECKSUMS}`);
  return repository.readBlob(layer.digest, MAX_BYTES);
}

function layersOf({ layers }: OciDocument): { digest: string; title: string | undefined }[] {
  return (Array.isArray(layers) ? layers : []).flatMap((layer) => {
    const described = objectOf(layer);
    const { digest } = described;
    const title = annotationOf(described, ANNOTATION.title);
    return typeof digest === "string" ? [{ digest, title }] : [];
  });
}
