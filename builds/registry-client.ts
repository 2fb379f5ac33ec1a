import type { Readable } from "node:stream";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { sha256 } from "./digest.ts";
import { type OciDocument, objectOf, parseDocument, textsIn } from "./documents.ts";
import type { EndpointMap, MappedRegistry } from "./endpoints.ts";
import type { Descriptor } from "./referrers.ts";

/** A manifest as a registry serves it. */
export interface ResolvedManifest {
  /** `sha256:<hex>` */
  digest: string;
  /** Bytes of the manifest. */
  size: number;
  mediaType: string;
  content: Uint8Array;
}

/** One repository of an OCI registry. */
export interface ImageRepository {
  /**
   * @param reference tag or digest
   * @returns undefined when there is no such manifest or repository
   */
  resolve(reference: string): Promise<ResolvedManifest | undefined>;
  /** Labels in the image's config; of an index, those of its first platform. */
  labels(manifest: ResolvedManifest): Promise<Record<string, string>>;
  /** Lets a tag name a manifest that the repository has already. */
  tag(manifest: ResolvedManifest, tag: string): Promise<void>;
  hasBlob(digest: string): Promise<boolean>;
  /** Uploads a blob unless the repository has it. */
  pushBlob(content: Uint8Array, mediaType: string): Promise<Descriptor>;
  /** Writes a manifest whose blobs are there already, by digest alone unless a tag is given. */
  pushManifest(
    content: Uint8Array,
    options: { mediaType: string; tag?: string },
  ): Promise<ResolvedManifest>;
  /**
   * Writes a manifest that has a subject, by digest. Where the registry has no referrers API, its
   * fallback tag is kept, as the OCI distribution specification asks; of two writers at once one
   * may be lost from it.
   */
  pushReferrer(content: Uint8Array): Promise<ResolvedManifest>;
  /**
   * @returns its bytes; a stream that ends in an error when they are not what the digest says
   * @throws RestError when it is not there
   */
  openBlob(digest: string): Promise<Readable>;
  /** @throws when it is not there, is not what its digest says, or has more than `maxBytes` */
  readBlob(digest: string, maxBytes: number): Promise<Uint8Array>;
  /**
   * What names this manifest as its subject, from the referrers API or, where the registry has none,
   * from the fallback tag `sha256-<hex>`.
   */
  referrers(digest: string): Promise<Descriptor[]>;
}

export interface RepositoryOptions {
  /** `<name>.azurecr.io` */
  registry: string;
  repository: string;
  endpoints: EndpointMap;
  credential: TokenCredential;
  signal?: AbortSignal;
}

const CONFIG_MAX_BYTES = 4 * 1024 * 1024;
/** Answer to a request that starts or continues an upload. */
const ACCEPTED = 202;
/** Levels of indexes inside indexes. */
const MAX_DEPTH = 3;
const NO_CREDENTIAL: TokenCredential = { getToken: () => Promise.resolve(null) };

/**
 * Opens a repository with Azure's own client, which exchanges the credential for a registry token
 * when it is challenged. Where the endpoint map sends the registry elsewhere, requests are
 * redirected below that client, and plain http never gets the credential.
 *
 * @throws RestError from the returned methods, for any answer but success or not found
 */
export async function openRepository(options: RepositoryOptions): Promise<ImageRepository> {
  const [{ ContainerRegistryContentClient }, oci] = await Promise.all([
    import("@azure/container-registry"),
    import("./referrers.ts"),
  ]);
  const { registry, endpoints, signal } = options;
  const target = endpoints.mapRegistry(registry);
  const client = new ContainerRegistryContentClient(
    `https://${registry}`,
    options.repository,
    target.insecure ? NO_CREDENTIAL : options.credential,
    {
      additionalPolicies: [{ policy: redirectTo(registry, target), position: "perRetry" }],
    },
  );
  const abort = signal === undefined ? {} : { abortSignal: signal };
  const requests = { send: oci.senderOf(client), base: `https://${registry}`, ...abort };

  const resolve = async (reference: string): Promise<ResolvedManifest | undefined> => {
    try {
      const { digest, mediaType, content } = await client.getManifest(reference, abort);
      return { digest, mediaType, content, size: content.byteLength };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  const openBlob = (digest: string) => oci.openBlob(requests, options.repository, digest);
  const readBlob = async (digest: string, maxBytes: number): Promise<Uint8Array> =>
    readAll(await openBlob(digest), maxBytes);
  const hasBlob = (digest: string) => oci.blobExists(requests, options.repository, digest);
  const pushManifest: ImageRepository["pushManifest"] = async (content, { mediaType, tag }) => {
    const { digest } = await client.setManifest(Buffer.from(content), {
      ...abort,
      ...(tag === undefined ? {} : { tag }),
      mediaType,
    });
    return { digest, mediaType, content, size: content.byteLength };
  };
  return {
    resolve,
    async labels(manifest) {
      const { config } = await firstImage(parseDocument(manifest.content), resolve);
      const { digest } = objectOf(config);
      if (typeof digest !== "string") return {};
      return labelsOf(parseDocument(await readBlob(digest, CONFIG_MAX_BYTES)));
    },
    async tag(manifest, tag) {
      await pushManifest(manifest.content, { mediaType: manifest.mediaType, tag });
    },
    hasBlob,
    async pushBlob(content, mediaType) {
      const descriptor = { mediaType, digest: sha256(content), size: content.byteLength };
      if (await hasBlob(descriptor.digest)) return descriptor;
      await client.uploadBlob(Buffer.from(content), abort);
      return descriptor;
    },
    pushManifest,
    openBlob,
    readBlob,
    async referrers(digest) {
      const listed = await oci.listReferrers(requests, options.repository, digest);
      if (listed !== undefined) return listed;
      const index = await resolve(fallbackTag(digest));
      return index === undefined ? [] : oci.referrersIn(index.content);
    },
    async pushReferrer(content) {
      const subject = oci.subjectOf(content);
      if (subject === undefined) throw new Error("a referrer without a subject");
      const pushed = await pushManifest(content, { mediaType: oci.MANIFEST });
      if (await oci.listReferrers(requests, options.repository, subject)) return pushed;
      const tag = fallbackTag(subject);
      const index = oci.withReferrer((await resolve(tag))?.content, pushed);
      if (index !== undefined) await pushManifest(index, { mediaType: oci.INDEX, tag });
      return pushed;
    },
  };
}

/** Names what refers to a manifest, where a registry has no referrers API. */
function fallbackTag(digest: string): string {
  return digest.replace(":", "-");
}

/** Below retries and authentication, so that everything above knows the canonical address alone. */
function redirectTo(registry: string, target: MappedRegistry): PipelinePolicy {
  return {
    name: "slipwayEndpointPolicy",
    async sendRequest(request, next) {
      const url = new URL(request.url);
      if (url.host === registry) {
        const path = url.pathname.replace(/^\/v2\//, `/v2/${target.prefix}`);
        request.url = target.origin + path + url.search;
        request.allowInsecureConnection = target.insecure;
      }
      const response = await next(request);
      const location = response.headers.get("location");
      if (response.status === ACCEPTED && location !== undefined) {
        response.headers.set("location", canonicalUpload(location, target));
      }
      return response;
    },
  };
}

/** Where an upload goes on, as the client takes it: a path, and as if nothing were mapped. */
function canonicalUpload(location: string, target: MappedRegistry): string {
  const url = new URL(location, target.origin);
  if (url.origin !== target.origin) return location;
  return url.pathname.replace(`/v2/${target.prefix}`, "/v2/") + url.search;
}

async function firstImage(
  document: OciDocument,
  resolve: ImageRepository["resolve"],
  depth = 0,
): Promise<OciDocument> {
  if (!Array.isArray(document.manifests) || depth === MAX_DEPTH) return document;
  // An attestation's platform is `unknown/unknown`.
  const child = document.manifests
    .map(objectOf)
    .find(({ platform }) => objectOf(platform).os !== "unknown");
  if (typeof child?.digest !== "string") return {};
  const manifest = await resolve(child.digest);
  return manifest === undefined
    ? {}
    : firstImage(parseDocument(manifest.content), resolve, depth + 1);
}

function labelsOf(image: OciDocument): Record<string, string> {
  return textsIn(objectOf(image.config).Labels);
}

async function readAll(stream: NodeJS.ReadableStream, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.byteLength;
    if (size > maxBytes) throw new Error(`a blob of more than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function statusOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "statusCode" in error
    ? error.statusCode
    : undefined;
}
