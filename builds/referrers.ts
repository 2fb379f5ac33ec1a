/** Calls of the OCI distribution API that Azure's client does not have. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  createPipelineRequest,
  type HttpMethods,
  type PipelineRequest,
  type PipelineResponse,
  RestError,
} from "@azure/core-rest-pipeline";
import { type OciDocument, objectOf, parseDocument, textsIn } from "./documents.ts";

/** What a manifest or an index refers to. */
export interface Descriptor {
  mediaType: string;
  /** `sha256:<hex>` */
  digest: string;
  /** Bytes. */
  size: number;
  artifactType?: string;
  annotations?: Readonly<Record<string, string>>;
}

/** How requests are sent, and where. */
export interface Requests {
  send(request: PipelineRequest): Promise<PipelineResponse>;
  /** `https://<name>.azurecr.io` */
  base: string;
  abortSignal?: AbortSignal;
}

interface Sender {
  sendRequest(request: PipelineRequest): Promise<PipelineResponse>;
}

export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const INDEX = "application/vnd.oci.image.index.v1+json";
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Of a listing; a registry that goes on for longer is not believed. */
const MAX_PAGES = 100;

/**
 * The pipeline inside Azure's registry client, with its retries and ACR's exchange of tokens: the
 * client has no call for referrers, nor one that asks for a blob without reading it.
 */
export function senderOf(client: object): Requests["send"] {
  const inner: unknown = Reflect.get(client, "client");
  if (!isSender(inner)) {
    throw new Error("@azure/container-registry is built otherwise: its client sends no requests");
  }
  return (request) => inner.sendRequest(request);
}

/** Named as Azure's client names it, which does not export its own. */
export class DigestMismatchError extends Error {
  override readonly name = "DigestMismatchError";
}

/**
 * The bytes of a blob. Azure's client throws what is no match of the digest where nobody can catch
 * it, in a listener of a stream.
 *
 * @returns a stream that ends in a `DigestMismatchError` when the bytes are others
 * @throws RestError for any answer but success
 */
export async function openBlob(
  requests: Requests,
  repository: string,
  digest: string,
): Promise<Readable> {
  const path = `/v2/${repository}/blobs/${digest}`;
  const response = await ask(requests, "GET", path, { accept: "*/*", isStreamed: true });
  requireOk(response);
  const content = response.readableStreamBody;
  return Readable.from(checkedBytes(content ?? Readable.from([]), digest), { objectMode: false });
}

async function* checkedBytes(
  content: NodeJS.ReadableStream,
  digest: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of content) {
    const bytes = Buffer.from(chunk);
    hash.update(bytes);
    yield bytes;
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest) throw new DigestMismatchError(`found ${found} under ${digest}`);
}

/** @throws RestError for any answer but found and not found */
export async function blobExists(
  requests: Requests,
  repository: string,
  digest: string,
): Promise<boolean> {
  const response = await ask(requests, "HEAD", `/v2/${repository}/blobs/${digest}`);
  if (response.status === 404) return false;
  return requireOk(response);
}

/**
 * @returns undefined where the registry has no referrers API
 * @throws RestError for any other answer but success
 */
export async function listReferrers(
  requests: Requests,
  repository: string,
  digest: string,
): Promise<Descriptor[] | undefined> {
  const found: Descriptor[] = [];
  let path: string | undefined = `/v2/${repository}/referrers/${digest}`;
  for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
    const response: PipelineResponse = await ask(requests, "GET", path);
    if (page === 0 && response.status === 404) return undefined;
    requireOk(response);
    found.push(...referrersIn(Buffer.from(response.bodyAsText ?? "{}", "utf8")));
    path = nextPage(response.headers.get("link"), requests.base);
  }
  return found;
}

/** The descriptors of an index, leaving out what is none. */
export function referrersIn(index: Uint8Array): Descriptor[] {
  const { manifests } = parseDocument(index);
  return Array.isArray(manifests)
    ? manifests.flatMap((entry) => descriptorOf(objectOf(entry)))
    : [];
}

/**
 * The index of a fallback tag with one more referrer.
 *
 * @param index what stands under the tag now
 * @param referrer a manifest with a subject
 * @returns undefined when the index has it already
 */
export function withReferrer(
  index: Uint8Array | undefined,
  referrer: { digest: string; content: Uint8Array },
): Uint8Array | undefined {
  const manifests = index === undefined ? [] : referrersIn(index);
  const { digest, content } = referrer;
  if (manifests.some((entry) => entry.digest === digest)) return undefined;
  const { artifactType, annotations, config } = parseDocument(content);
  const descriptor = {
    mediaType: MANIFEST,
    digest,
    size: content.byteLength,
    artifactType: artifactType ?? objectOf(config).mediaType,
    annotations,
  };
  const document = { schemaVersion: 2, mediaType: INDEX, manifests: [...manifests, descriptor] };
  return Buffer.from(JSON.stringify(document));
}

/** Digest of what a manifest is about; undefined when it is about nothing. */
export function subjectOf(manifest: Uint8Array): string | undefined {
  const { digest } = objectOf(parseDocument(manifest).subject);
  return typeof digest === "string" && DIGEST.test(digest) ? digest : undefined;
}

function descriptorOf(entry: OciDocument): Descriptor[] {
  const { mediaType, digest, size, artifactType, annotations } = entry;
  if (typeof mediaType !== "string" || typeof size !== "number") return [];
  if (typeof digest !== "string" || !DIGEST.test(digest)) return [];
  const texts = textsIn(annotations);
  return [
    {
      mediaType,
      digest,
      size,
      ...(typeof artifactType === "string" && { artifactType }),
      ...(Object.keys(texts).length > 0 && { annotations: texts }),
    },
  ];
}

function ask(
  requests: Requests,
  method: HttpMethods,
  path: string,
  { accept = INDEX, isStreamed = false } = {},
): Promise<PipelineResponse> {
  const { base, abortSignal, send } = requests;
  const request = createPipelineRequest({
    url: base + path,
    method,
    ...(isStreamed ? { streamResponseStatusCodes: new Set([200]) } : {}),
    ...(abortSignal === undefined ? {} : { abortSignal }),
  });
  request.headers.set("accept", accept);
  return send(request);
}

function requireOk(response: PipelineResponse): true {
  const { status, request } = response;
  if (status === 200) return true;
  throw new RestError(`${request.method} ${request.url}: the registry answered ${status}`, {
    statusCode: status,
    request,
    response,
  });
}

/** `</v2/...>; rel="next"`, on this registry alone. */
function nextPage(link: string | undefined, base: string): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? "") ?? [];
  if (target === undefined || !URL.canParse(target, base)) return undefined;
  const url = new URL(target, base);
  return url.origin === base ? url.pathname + url.search : undefined;
}

function isSender(value: unknown): value is Sender {
  return (
    typeof value === "object" &&
    value !== null &&
    "sendRequest" in value &&
    typeof value.sendRequest === "function"
  );
}
