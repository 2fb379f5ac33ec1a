import { sha256 } from "../../../builds/digest.ts";
import { packPackage } from "../../../capsule/archive.ts";
import { buildCapsule } from "../../../capsule/contract.ts";
import type { CapsuleManifest } from "../../../capsule/read.ts";
import type { CapsuleSource } from "../../../capsule/source.ts";
import {
  type CapsuleVerdict,
  freightFrom,
  oneSigner,
  type VerifyOptions,
  verifyCapsule,
} from "../../../capsule/verify/index.ts";
import { type KeyPair, keyPair, MemoryRepository } from "./registry.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const OTHER_COMMIT = "f".repeat(40);
export const TAG = `git-${COMMIT}`;
export const REPOSITORY = "https://git.example.com/platform/platform.git";
export const REGISTRY = "slipwaydev.azurecr.io";
export const IMAGE = "orbit-webapp";
export const HOME = `${IMAGE}-capsule`;
export const OTHER_DIGEST = `sha256:${"e".repeat(64)}`;
export const KEYS: KeyPair = keyPair();

/** JSON that tests take apart and put together in other ways. */
// biome-ignore lint/suspicious/noExplicitAny: any shape at all is what is tried
export type Json = any;

/** A capsule as it would be pushed, open for changes. */
export interface Draft {
  manifest: Json;
  blobs: Record<BlobName, Uint8Array>;
  /** What is served in a blob's place. */
  served?: Partial<Record<BlobName, Uint8Array>>;
}
export type BlobName = "config" | keyof CapsuleManifest["layers"];

/** An image, the capsule of its release, and registries that have both. */
export interface World {
  images: MemoryRepository;
  capsules: MemoryRepository;
  /** Of the image. */
  digest: string;
  /** Anew each time. */
  draft(): Draft;
}

export async function world(): Promise<World> {
  const images = new MemoryRepository();
  const digest = images.push(Buffer.from('{"schemaVersion":2}'), TAG);
  const files = [file("package/kustomization.yaml"), file("package/base/kustomization.yaml")];
  const packed = await packPackage(files, 1_780_000_000);
  const capsule = buildCapsule({
    identity: {
      component: IMAGE,
      version: "1.5.0",
      repository: REPOSITORY,
      path: "services/orbit-webapp/deploy",
      commit: COMMIT,
      created: "2026-07-01T10:00:00Z",
    },
    image: { ref: `${REGISTRY}/${IMAGE}:${TAG}`, digest },
    package: { kind: "kustomize", path: "package/base", packed, files: files.length },
    provenance: bytes(provenanceOf(digest)),
    sbom: bytes(sbomOf(digest)),
  });
  const [packageLayer, release, provenance, sbom] = capsule.layers.map(({ content }) => content);
  if (!packageLayer || !release || !provenance || !sbom) throw new Error("four layers");
  return {
    images,
    capsules: new MemoryRepository(),
    digest,
    draft: () => ({
      manifest: JSON.parse(Buffer.from(capsule.manifest).toString("utf8")),
      blobs: { config: capsule.config.content, package: packageLayer, release, provenance, sbom },
    }),
  };
}

/** Works out every descriptor anew, as whoever tampers would. */
export function sealed(draft: Draft): Draft {
  const { config, ...layers } = draft.blobs;
  describeBlob(draft.manifest.config, config);
  Object.values(layers).forEach((content, index) => {
    describeBlob(draft.manifest.layers[index], content);
  });
  return draft;
}

/** Where what a draft says can be read; counts the reads of its package. */
export function sourceOf(
  { manifest, blobs, served = {} }: Draft,
  tag?: string,
): CapsuleSource & { content: Uint8Array; digest: string; packageReads: number } {
  const content = manifest instanceof Uint8Array ? manifest : bytes(manifest);
  const digest = sha256(content);
  const entries = Object.entries({ ...blobs, ...served });
  const all = new Map(
    entries.map(([name, content]) => [sha256(blobs[name as BlobName]), content] as const),
  );
  const source = {
    name: `${REGISTRY}/${HOME}@${digest}`,
    tag,
    content,
    digest,
    packageReads: 0,
    manifest: async () => ({ digest, content }),
    async blob({ digest: asked, size }: { digest: string; size: number }) {
      if (asked === sha256(blobs.package)) source.packageReads++;
      return (all.get(asked) ?? Buffer.alloc(0)).subarray(0, size);
    },
  };
  return source;
}

export interface Asked extends Partial<VerifyOptions> {
  /** Who signs what is verified; nobody unless given. */
  signedBy?: KeyPair;
  /** That it was asked for by; `TAG` unless given, none where it was a digest. */
  tag?: string;
}

/** Pushes what a draft says, and verifies it. */
export async function verify(
  made: World,
  draft: Draft,
  { signedBy, tag = TAG, ...options }: Asked = {},
): Promise<CapsuleVerdict> {
  const source = sourceOf(draft, tag === "none" ? undefined : tag);
  const { capsules, images } = made;
  capsules.push(source.content, TAG);
  if (signedBy !== undefined) capsules.signBundle(source.digest, signedBy);
  return verifyCapsule(source, {
    home: { registry: REGISTRY, repository: HOME, lookup: capsules },
    openImages: async (registry, repository) =>
      registry === REGISTRY && repository === IMAGE ? images : new MemoryRepository(),
    signers: oneSigner("releases", async () => KEYS.publicKey),
    policy: "SLIPWAY_VERIFICATION_KEY",
    ...options,
  });
}

/** `<check>: <code>` of each check that was refused. */
export function refusals({ checks }: CapsuleVerdict): string[] {
  return checks.flatMap(({ name, verdict, code }) =>
    verdict === "refused" ? [`${name}: ${code}`] : [],
  );
}

/** `<check>: <verdict>` of every check. */
export function verdicts({ checks }: CapsuleVerdict): string[] {
  return checks.map(({ name, verdict }) => `${name}: ${verdict}`);
}

export function freight(edit: (document: Json) => void = () => {}, digest?: string) {
  const image = (repoURL: string, found: string) => ({
    repoURL,
    tag: TAG,
    digest: found,
    annotations: { "org.opencontainers.image.revision": COMMIT },
  });
  const document: Json = {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "Freight",
    metadata: { name: "a1b2c3" },
    alias: "brave-otter",
    origin: { kind: "Warehouse", name: "orbit" },
    commits: [{ repoURL: REPOSITORY.replace(/\.git$/, ""), id: COMMIT }],
    images: [image(`${REGISTRY}/${HOME}`, digest ?? OTHER_DIGEST)],
  };
  edit(document);
  return freightFrom("freight.json", bytes(document));
}

export function provenanceOf(digest: string): Json {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: `${REGISTRY}/${IMAGE}`, digest: { sha256: hexOf(digest) } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "https://slipway.invalid/provenance/container/v1",
        externalParameters: { component: IMAGE, version: "1.5.0" },
        resolvedDependencies: [
          {
            uri: `git+${REPOSITORY}@refs/tags/${IMAGE}/v1.5.0`,
            digest: { gitCommit: COMMIT },
          },
        ],
      },
      runDetails: { builder: { id: "https://slipway.invalid/provenance/builder/acr/v1" } },
    },
  };
}

export function sbomOf(digest: string): Json {
  const root = "SPDXRef-DocumentRoot-Image";
  return {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${REGISTRY}/${IMAGE}`,
    packages: [
      { SPDXID: "SPDXRef-Package-left-pad", name: "left-pad", versionInfo: "1.3.0" },
      {
        SPDXID: root,
        name: `${REGISTRY}/${IMAGE}`,
        versionInfo: digest,
        checksums: [{ algorithm: "SHA256", checksumValue: hexOf(digest) }],
      },
    ],
    relationships: [
      {
        spdxElementId: "SPDXRef-DOCUMENT",
        relatedSpdxElement: root,
        relationshipType: "DESCRIBES",
      },
    ],
  };
}

export function bytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}

function describeBlob(descriptor: Json, content: Uint8Array): void {
  descriptor.digest = sha256(content);
  descriptor.size = content.byteLength;
}

function file(path: string) {
  return { path, executable: false, content: Buffer.from("resources: []\n") };
}
