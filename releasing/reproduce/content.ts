import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Header } from "tar-stream";
import { TarProblem, tarEntries } from "../../builds/tar.ts";

/** One file of a layer, as far as two builds of one source have to agree. */
export interface FileFacts {
  /** `file`, `directory`, `symlink`, `link`, ... */
  type: string;
  /** Octal, e.g. `0644`. */
  mode: string;
  /** `<uid>:<gid>` */
  owner: string;
  /** Bytes. */
  size: number;
  /** Lowercase hex; of files with content. */
  sha256?: string;
  /** Of links. */
  target?: string;
}

/** One layer of an artifact, wherever it is kept. */
export interface Layer {
  mediaType: string;
  /** `sha256:<hex>`, as it is kept. */
  digest: string;
  /** Bytes, as it is kept. */
  size: number;
  /** Of a layer that is one file: its name. */
  title?: string;
  open(): Promise<Readable>;
}

/** What is compared: an image for one platform, or an artifact. */
export interface Content {
  /** `linux/amd64`, of images. */
  platform?: string;
  /** The parts of the config that a build decides on, by name. */
  config: Readonly<Record<string, unknown>>;
  layers: readonly Layer[];
}

const TAR = /(^|[.+])tar([.+]gzip)?$/;
const MODE_BITS = 0o7777;

/**
 * The files of a layer, by path without a slash at either end. A layer that is no archive is one file.
 *
 * @throws Error for an archive that is compressed by anything but gzip, or is none
 */
export async function filesOf(layer: Layer): Promise<Map<string, FileFacts>> {
  const { mediaType, digest, size, title = "" } = layer;
  if (/[.+]zstd$/.test(mediaType)) {
    throw new Error(`the layer ${digest} is of the type ${mediaType}, expected gzip or none`);
  }
  if (!TAR.test(mediaType)) {
    const sha256 = digest.slice("sha256:".length);
    return new Map([[title, { type: "file", mode: "", owner: "", size, sha256 }]]);
  }
  const content = await layer.open();
  const isPacked = mediaType.endsWith("gzip");
  const files = new Map<string, FileFacts>();
  try {
    for await (const entry of tarEntries(content, ...(isPacked ? [createGunzip()] : []))) {
      const hash = createHash("sha256");
      for await (const chunk of entry.content) hash.update(chunk);
      const { name } = entry.header;
      files.set(withoutSlashes(name), factsOf(entry.header, hash.digest("hex")));
    }
  } catch (error) {
    if (!(error instanceof TarProblem)) throw error;
    throw new Error(`the layer ${digest} ${error.message}`, { cause: error });
  }
  return files;
}

/** By hand, as an expression would begin anew at each of many slashes. */
function withoutSlashes(name: string): string {
  let end = name.length;
  while (name[end - 1] === "/") end--;
  return name.slice(0, end).replace(/^\.?\/+/, "");
}

function factsOf(header: Header, sha256: string): FileFacts {
  const { type, mode, uid, gid, size, linkname } = header;
  return {
    type: type ?? "file",
    mode: (mode & MODE_BITS).toString(8).padStart(4, "0"),
    owner: `${uid}:${gid}`,
    size,
    ...(size > 0 || type === "file" ? { sha256 } : {}),
    ...(typeof linkname === "string" && linkname !== "" ? { target: linkname } : {}),
  };
}
