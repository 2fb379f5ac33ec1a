import { createHash } from "node:crypto";

/** What a manifest or index refers to. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

export interface StoredManifest {
  mediaType: string;
  digest: string;
  body: Buffer;
}

export const IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

const MANIFEST_TYPES = [
  IMAGE_MANIFEST,
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** `sha256:<hex>` of some bytes. */
export function sha256(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The few calls of the OCI distribution API that the sandbox makes to its own registry. */
export class RegistryClient {
  /** @param endpoint such as `http://127.0.0.1:5000` */
  constructor(private readonly endpoint: string) {}

  /** @returns the digest of the manifest, undefined when there is none */
  async headManifest(repository: string, reference: string): Promise<string | undefined> {
    const response = await this.request(`${repository}/manifests/${reference}`, {
      method: "HEAD",
      headers: { accept: MANIFEST_TYPES },
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw await failure(response, `HEAD ${repository}:${reference}`);
    return response.headers.get("docker-content-digest") ?? undefined;
  }

  /** @throws when there is no such manifest */
  async getManifest(repository: string, reference: string): Promise<StoredManifest> {
    const response = await this.request(`${repository}/manifests/${reference}`, {
      headers: { accept: MANIFEST_TYPES },
    });
    if (!response.ok) throw await failure(response, `GET ${repository}:${reference}`);
    const body = Buffer.from(await response.arrayBuffer());
    const mediaType = response.headers.get("content-type") ?? IMAGE_MANIFEST;
    return { mediaType, digest: sha256(body), body };
  }

  /** @returns the digest under which the registry holds it */
  async putManifest(
    repository: string,
    reference: string,
    manifest: { mediaType: string; body: Uint8Array },
  ): Promise<string> {
    const response = await this.request(`${repository}/manifests/${reference}`, {
      method: "PUT",
      headers: { "content-type": manifest.mediaType },
      body: manifest.body,
    });
    if (!response.ok) throw await failure(response, `PUT ${repository}:${reference}`);
    return sha256(manifest.body);
  }

  /** Uploads a blob unless the repository has it. */
  async pushBlob(repository: string, mediaType: string, content: Uint8Array): Promise<Descriptor> {
    const digest = sha256(content);
    const descriptor = { mediaType, digest, size: content.length };
    const seen = await this.request(`${repository}/blobs/${digest}`, { method: "HEAD" });
    if (seen.ok) return descriptor;
    const started = await this.request(`${repository}/blobs/uploads/`, { method: "POST" });
    const location = started.headers.get("location");
    if (started.status !== 202 || location === null) {
      throw await failure(started, `starting an upload to ${repository}`);
    }
    const target = new URL(location, this.endpoint);
    target.searchParams.set("digest", digest);
    const finished = await fetch(target, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: content,
    });
    if (!finished.ok) throw await failure(finished, `uploading ${digest} to ${repository}`);
    return descriptor;
  }

  /** Makes a blob of one repository a blob of another without moving bytes. */
  async mountBlob(repository: string, from: string, digest: string): Promise<void> {
    const query = new URLSearchParams({ mount: digest, from });
    const response = await this.request(`${repository}/blobs/uploads/?${query}`, {
      method: "POST",
    });
    if (response.status !== 201) throw await failure(response, `mounting ${digest} from ${from}`);
  }

  private request(path: string, init: RequestInit): Promise<Response> {
    return fetch(`${this.endpoint}/v2/${path}`, init);
  }
}

async function failure(response: Response, what: string): Promise<Error> {
  const text = (await response.text()).slice(0, 500);
  return new Error(`registry: ${what}: ${response.status} ${text}`);
}
