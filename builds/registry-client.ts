import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import type { EndpointMap, MappedRegistry } from "./endpoints.ts";

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
}

export interface RepositoryOptions {
  /** `<name>.azurecr.io` */
  registry: string;
  repository: string;
  endpoints: EndpointMap;
  credential: TokenCredential;
  signal?: AbortSignal;
}

/** The parts of a manifest, an index and a config that are read here; all from outside. */
interface ImageDocument {
  config?: unknown;
  manifests?: unknown;
  digest?: unknown;
  platform?: unknown;
  os?: unknown;
  Labels?: unknown;
}

const CONFIG_MAX_BYTES = 4 * 1024 * 1024;
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
  const { ContainerRegistryContentClient } = await import("@azure/container-registry");
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

  const resolve = async (reference: string): Promise<ResolvedManifest | undefined> => {
    try {
      const { digest, mediaType, content } = await client.getManifest(reference, abort);
      return { digest, mediaType, content, size: content.byteLength };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  return {
    resolve,
    async labels(manifest) {
      const { config } = await firstImage(parse(manifest.content), resolve);
      const { digest } = objectOf(config);
      if (typeof digest !== "string") return {};
      const { content } = await client.downloadBlob(digest, abort);
      return labelsOf(parse(await readAll(content)));
    },
    async tag(manifest, tag) {
      await client.setManifest(Buffer.from(manifest.content), {
        ...abort,
        tag,
        mediaType: manifest.mediaType,
      });
    },
  };
}

/** Below retries and authentication, so that everything above knows the canonical address alone. */
function redirectTo(registry: string, target: MappedRegistry): PipelinePolicy {
  return {
    name: "slipwayEndpointPolicy",
    sendRequest(request, next) {
      const url = new URL(request.url);
      if (url.host === registry) {
        const path = url.pathname.replace(/^\/v2\//, `/v2/${target.prefix}`);
        request.url = target.origin + path + url.search;
        request.allowInsecureConnection = target.insecure;
      }
      return next(request);
    },
  };
}

async function firstImage(
  document: ImageDocument,
  resolve: ImageRepository["resolve"],
  depth = 0,
): Promise<ImageDocument> {
  if (!Array.isArray(document.manifests) || depth === MAX_DEPTH) return document;
  // An attestation's platform is `unknown/unknown`.
  const child = document.manifests
    .map(objectOf)
    .find(({ platform }) => objectOf(platform).os !== "unknown");
  if (typeof child?.digest !== "string") return {};
  const manifest = await resolve(child.digest);
  return manifest === undefined ? {} : firstImage(parse(manifest.content), resolve, depth + 1);
}

function labelsOf(image: ImageDocument): Record<string, string> {
  const entries = Object.entries(objectOf(objectOf(image.config).Labels));
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}

function parse(content: Uint8Array): ImageDocument {
  return objectOf(JSON.parse(Buffer.from(content).toString("utf8")));
}

function objectOf(value: unknown): ImageDocument {
  return typeof value === "object" && value !== null ? value : {};
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.byteLength;
    if (size > CONFIG_MAX_BYTES)
      throw new Error(`an image config of more than ${CONFIG_MAX_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function statusOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "statusCode" in error
    ? error.statusCode
    : undefined;
}
