/** One repository of any registry: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md */
import { Readable } from "node:stream";
import { sha256 } from "../../builds/digest.ts";
import {
  blobExists,
  type Descriptor,
  INDEX,
  listReferrers,
  MANIFEST,
  referrersIn,
  subjectOf,
  withReferrer,
} from "../../builds/referrers.ts";
import type { ResolvedManifest } from "../../builds/registry-client.ts";
import type { SlipwayError } from "../../schemas/problem.ts";
import { MANIFEST_MAX_BYTES } from "../read.ts";
import {
  ask,
  body,
  type Connection,
  connect,
  type RegistryOptions,
  readable,
  translated,
} from "./connection.ts";
import { failure, OtherBytesError } from "./failures.ts";
import { PATIENCE } from "./pipeline.ts";
import { type RepositoryName, referenceText } from "./reference.ts";

/** Bytes of one blob that went over. */
export type Progress = (bytes: number) => void;

/**
 * Every call throws SlipwayError with one of the codes `registry-unreachable`, `registry-denied`,
 * `registry-busy`, `registry-missing`, `registry-answer`, `registry-login`.
 */
export interface RemoteRepository {
  readonly name: RepositoryName;
  /**
   * @param reference tag or digest
   * @returns undefined when there is no such manifest or repository
   * @throws OtherBytesError where whole bytes came that are none of the digest's
   */
  resolve(reference: string): Promise<ResolvedManifest | undefined>;
  /** No more than `size` bytes are read, and what they are is not checked. */
  readBlob(blob: { digest: string; size: number }, onProgress?: Progress): Promise<Uint8Array>;
  /** Uploads a blob unless the repository has it; returns whether it did. */
  pushBlob(blob: { digest: string; content: Uint8Array }, onProgress?: Progress): Promise<boolean>;
  /** Writes a manifest whose blobs are there already, by digest alone unless a tag is given. */
  pushManifest(
    content: Uint8Array,
    options?: { mediaType?: string; tag?: string },
  ): Promise<ResolvedManifest>;
  /** What names this manifest as its subject, by the referrers API or the fallback tag. */
  referrers(digest: string): Promise<Descriptor[]>;
  /** Writes a manifest that has a subject, and the fallback tag where there is no referrers API. */
  pushReferrer(content: Uint8Array): Promise<ResolvedManifest>;
}

const MANIFEST_TYPES = [
  MANIFEST,
  INDEX,
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");
const OK = new Set([200]);
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** Of a blob, goes out at once: no more than has to go over in the time that a registry is waited for. */
const CHUNK_BYTES = PATIENCE.least;

/**
 * Makes ready to ask a registry; asks nothing yet. It is asked anonymously until it wants a login.
 *
 * @throws SlipwayError `endpoint-map`
 */
export function openRemote(name: RepositoryName, options: RegistryOptions = {}): RemoteRepository {
  const connection = connect(name, options);
  const resolve = (reference: string) => readManifest(connection, reference);
  const pushManifest: RemoteRepository["pushManifest"] = (content, to = {}) =>
    writeManifest(connection, content, to);
  const hasBlob = (digest: string) =>
    translated(connection, `blob ${digest}`, (requests) =>
      blobExists(requests, connection.path, digest),
    );
  const listed = (digest: string) =>
    translated(connection, `the referrers of ${digest}`, (requests) =>
      listReferrers(requests, connection.path, digest),
    );
  const fallback = async (digest: string) => {
    const tag = digest.replace(":", "-");
    const index = await resolve(tag);
    return { tag, content: index?.content };
  };
  return {
    name,
    resolve,
    readBlob: (blob, onProgress) => readBlob(connection, blob, onProgress),
    async pushBlob(blob, onProgress) {
      if (await hasBlob(blob.digest)) return false;
      await uploadBlob(connection, blob, onProgress);
      return true;
    },
    pushManifest,
    async referrers(digest) {
      const found = await listed(digest);
      if (found !== undefined) return found;
      const { content } = await fallback(digest);
      return content === undefined ? [] : readable(connection, () => referrersIn(content));
    },
    async pushReferrer(content) {
      const subject = subjectOf(content);
      if (subject === undefined) throw new Error("a referrer without a subject");
      const pushed = await pushManifest(content);
      if ((await listed(subject)) !== undefined) return pushed;
      const { tag, content: old } = await fallback(subject);
      const index = readable(connection, () => withReferrer(old, pushed));
      if (index !== undefined) await pushManifest(index, { mediaType: INDEX, tag });
      return pushed;
    },
  };
}

async function readManifest(
  connection: Connection,
  reference: string,
): Promise<ResolvedManifest | undefined> {
  const { registry } = connection.name;
  const named = referenceText({ ...connection.name, ...versionOf(reference) });
  const response = await ask(
    connection,
    `the manifest of ${named}`,
    {
      url: `${connection.base}/manifests/${reference}`,
      streamResponseStatusCodes: OK,
      headers: { accept: MANIFEST_TYPES },
    },
    [200, 404],
  );
  if (response.status === 404) return undefined;
  const content = await body(connection, `the manifest of ${named}`, response, {
    atMost: MANIFEST_MAX_BYTES + 1,
  });
  const said = response.headers.get("docker-content-digest");
  const asked = versionOf(reference).digest ?? said;
  if (content.byteLength > MANIFEST_MAX_BYTES) {
    throw otherBytes(
      asked,
      `${registry} serves more than ${MANIFEST_MAX_BYTES} bytes as the manifest of ${named}, expected a manifest; check the reference`,
    );
  }
  const digest = sha256(content);
  if (asked !== undefined && asked !== digest) {
    throw otherBytes(asked, otherDigest(registry, `the manifest of ${named}`, digest, asked));
  }
  requireDigest(registry, `the manifest of ${named}`, digest, said);
  const mediaType = response.headers.get("content-type")?.split(";")[0]?.trim() || MANIFEST;
  return { digest, mediaType, content, size: content.byteLength };
}

async function writeManifest(
  connection: Connection,
  content: Uint8Array,
  { mediaType = MANIFEST, tag }: { mediaType?: string; tag?: string },
): Promise<ResolvedManifest> {
  const digest = sha256(content);
  const version = tag === undefined ? { digest } : { tag };
  const named = `the manifest of ${referenceText({ ...connection.name, ...version })}`;
  const response = await ask(
    connection,
    named,
    {
      method: "PUT",
      url: `${connection.base}/manifests/${tag ?? digest}`,
      headers: { "content-type": mediaType },
      body: Buffer.from(content),
    },
    [200, 201, 202],
  );
  const said = response.headers.get("docker-content-digest");
  requireDigest(connection.name.registry, named, digest, said);
  return { digest, mediaType, content, size: content.byteLength };
}

async function readBlob(
  connection: Connection,
  { digest, size }: { digest: string; size: number },
  onProgress?: Progress,
): Promise<Uint8Array> {
  const what = `blob ${digest}`;
  const url = `${connection.base}/blobs/${digest}`;
  const response = await ask(connection, what, { url, streamResponseStatusCodes: OK }, [200]);
  return body(connection, what, response, { atMost: size, onProgress });
}

async function uploadBlob(
  connection: Connection,
  { digest, content }: { digest: string; content: Uint8Array },
  onProgress?: Progress,
): Promise<void> {
  const { registry, repository } = connection.name;
  const begun = await ask(
    connection,
    `an upload to ${repository}`,
    { method: "POST", url: `${connection.base}/blobs/uploads/` },
    [202],
  );
  const location = begun.headers.get("location") ?? "";
  if (location === "" || !URL.canParse(location, begun.request.url)) {
    throw failure(
      "registry-answer",
      `${registry} names no address for an upload to ${repository}, expected one; check who serves that registry`,
    );
  }
  const url = new URL(location, begun.request.url);
  url.search += `${url.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
  const written = await ask(
    connection,
    `an upload to ${repository}`,
    {
      method: "PUT",
      url: url.href,
      headers: {
        "content-type": "application/octet-stream",
        "content-length": content.byteLength,
      },
      body: () => Readable.from(chunksOf(content), { objectMode: false }),
      onUploadProgress: ({ loadedBytes }) => onProgress?.(loadedBytes),
    },
    [200, 201, 204],
  );
  const said = written.headers.get("docker-content-digest");
  requireDigest(registry, `blob ${digest}`, digest, said);
}

function* chunksOf(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += CHUNK_BYTES) {
    yield content.subarray(at, at + CHUNK_BYTES);
  }
}

function requireDigest(
  registry: string,
  what: string,
  found: string,
  said: string | undefined,
): void {
  if (said === undefined || said === found) return;
  throw failure("registry-answer", otherDigest(registry, what, found, said));
}

function otherDigest(registry: string, what: string, found: string, other: string): string {
  // A header can hold anything.
  const shown = DIGEST.test(other) ? other : "something else";
  return `${registry} names ${shown} for ${what}, expected ${found}, which its bytes have; it or what is between changes what it serves`;
}

/** @param asked for by whoever asks, else what the registry itself names */
function otherBytes(asked: string | undefined, message: string): SlipwayError {
  return asked !== undefined && DIGEST.test(asked)
    ? new OtherBytesError(asked, message)
    : failure("registry-answer", message);
}

function versionOf(reference: string): { tag?: string; digest?: string } {
  return reference.includes(":") ? { digest: reference } : { tag: reference };
}
