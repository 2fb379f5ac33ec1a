/** An image with SBOM and provenance, signed with a key of our own: neither cosign nor syft is needed. */
import { sha256 } from "../../builds/digest.ts";
import { openRemote } from "../../capsule/registry/index.ts";
import { bundleOf, keyPair } from "../capsule/verify/registry.ts";
import { REGISTRY } from "../integration/registries.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const EMPTY = "application/vnd.oci.empty.v1+json";
const KEYS = keyPair();
export const SBOM = { spdxVersion: "SPDX-2.3", packages: [] };

/** Environment that names the key of what is pushed here. */
export const VERIFICATION = {
  SLIPWAY_VERIFICATION_KEY: "env://PUBLIC_KEY",
  PUBLIC_KEY: KEYS.publicKey.export({ type: "spki", format: "pem" }).toString(),
};

/** Its private half, as PEM. */
export const SIGNING_KEY = KEYS.privateKey.export({ type: "pkcs8", format: "pem" });

/** @returns digests of the image and of what is attested of it */
export async function pushAttested(
  env: Readonly<Record<string, string>>,
  repository: string,
  { version, commit }: { version: string; commit: string },
): Promise<{ digest: string; attestations: { sbom: string; provenance: string } }> {
  const images = openRemote({ registry: REGISTRY, repository }, { env });
  await images.pushBlob(blob("{}"));
  const image = await images.pushManifest(imageOf(commit), { tag: version });
  await images.pushManifest(imageOf(commit), { tag: `git-${commit}` });
  const { digest, size } = image;
  const attach = async (statement: object): Promise<string> => {
    const bundle = blob(bundleOf(Buffer.from(JSON.stringify(statement)), KEYS.privateKey));
    await images.pushBlob(bundle);
    const layer = { mediaType: BUNDLE, digest: bundle.digest, size: bundle.content.byteLength };
    const referrer = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType: BUNDLE,
      config: { mediaType: EMPTY, digest: blob("{}").digest, size: 2 },
      layers: [layer],
      subject: { mediaType: MANIFEST, digest, size },
    };
    return (await images.pushReferrer(Buffer.from(JSON.stringify(referrer)))).digest;
  };
  const sbom = await attach(statementOf(digest, "https://spdx.dev/Document", SBOM));
  return { digest, attestations: { sbom, provenance: await attach(provenance(digest, commit)) } };
}

export function imageOf(content: string): Buffer {
  const config = { mediaType: EMPTY, digest: blob("{}").digest, size: 2 };
  const annotations = { content };
  return Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [], annotations }),
  );
}

export function provenance(digest: string, commit: string) {
  const resolvedDependencies = [{ digest: { gitCommit: commit } }];
  const predicate = { buildDefinition: { resolvedDependencies } };
  return statementOf(digest, "https://slsa.dev/provenance/v1", predicate);
}

function statementOf(digest: string, predicateType: string, predicate: object) {
  const subject = [{ name: "app", digest: { sha256: digest.replace("sha256:", "") } }];
  return { _type: "https://in-toto.io/Statement/v1", subject, predicateType, predicate };
}

export function blob(content: string | Uint8Array): { digest: string; content: Buffer } {
  const bytes = Buffer.from(content);
  return { digest: sha256(bytes), content: bytes };
}
