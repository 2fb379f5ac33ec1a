import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { sha256 } from "../../builds/digest.ts";
import { annotationOf, type OciDocument, objectOf, parseDocument } from "../../builds/documents.ts";
import { ANNOTATION } from "../../builds/media-types.ts";
import type { ArtifactContent } from "../kinds/artifact.ts";
import type { Content, Layer } from "./content.ts";

/** Where manifests and blobs are: a repository, or a folder in OCI's layout. */
export interface Store {
  /** @returns a manifest or an index, parsed; undefined when there is none */
  manifest(digest: string): Promise<unknown>;
  openBlob(digest: string): Promise<Readable>;
}

const IMAGE_CONFIG =
  /^application\/vnd\.(oci\.image\.config\.v1|docker\.container\.image\.v1)\+json$/;

/**
 * What a manifest holds, per platform where it is an index.
 *
 * @throws Error when something in it is not there, or is not as OCI's image specification has it
 */
export async function contentsOf(store: Store, digest: string): Promise<Content[]> {
  const document = objectOf(await store.manifest(digest));
  if (!Array.isArray(document.manifests)) return [await contentOf(store, digest, document)];
  const contents: Content[] = [];
  for (const entry of document.manifests.map(objectOf)) {
    // An attestation's platform is `unknown/unknown`.
    if (objectOf(entry.platform).os === "unknown" || typeof entry.digest !== "string") continue;
    contents.push(...(await contentsOf(store, entry.digest)));
  }
  return contents;
}

/** What would be pushed, as if it had been. */
export function artifactContent({ config, layers }: ArtifactContent): Content {
  return {
    config: { ...parseDocument(config.content) },
    layers: layers.map(({ mediaType, content, annotations }) => {
      const title = annotations?.[ANNOTATION.title];
      return {
        mediaType,
        digest: sha256(content),
        size: content.byteLength,
        ...(title === undefined ? {} : { title }),
        open: async () => Readable.from([content], { objectMode: false }),
      };
    }),
  };
}

async function contentOf(store: Store, digest: string, document: OciDocument): Promise<Content> {
  const { config, layers } = document;
  const described = objectOf(config);
  if (typeof described.digest !== "string" || !Array.isArray(layers)) {
    throw new Error(`${digest} is no manifest with a config and layers`);
  }
  const parsed = objectOf(await json(await store.openBlob(described.digest)));
  const isImage = IMAGE_CONFIG.test(String(described.mediaType));
  return {
    ...(isImage ? { platform: platformOf(parsed) } : {}),
    // When and how an image was built differs each time, and its layers are compared themselves.
    config: isImage ? { ...objectOf(parsed.config) } : { ...parsed },
    layers: layers.map((layer) => layerOf(store, objectOf(layer))),
  };
}

function layerOf(store: Store, described: OciDocument): Layer {
  const { mediaType, digest, size } = described;
  if (typeof digest !== "string" || typeof mediaType !== "string" || typeof size !== "number") {
    throw new Error("a layer without digest, media type and size");
  }
  const title = annotationOf(described, ANNOTATION.title);
  return {
    mediaType,
    digest,
    size,
    ...(title === undefined ? {} : { title }),
    open: () => store.openBlob(digest),
  };
}

function platformOf({ os, architecture, variant }: OciDocument): string {
  return [os, architecture, variant].filter((part) => typeof part === "string").join("/");
}
