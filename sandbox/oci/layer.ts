import { dirname } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { pack } from "tar-stream";
import type { LayerFile } from "./host-files.ts";
import { sha256 } from "./registry-client.ts";

export interface Layer {
  /** Digest of the uncompressed tar. */
  diffId: string;
  /** gzip */
  blob: Buffer;
}

const NO_TIME = new Date(0);
/** Almost all of a layer is the node binary: level 1 is 3 times as fast as 6 and 10 % larger. */
const GZIP_LEVEL = 1;

/**
 * Packs files as an image layer. Owner, times and order are fixed, so the same files give the same
 * digest.
 * @param directories made besides the files' parents, e.g. `/tmp` with mode 0o1777
 */
export async function packLayer(
  files: readonly LayerFile[],
  directories: Readonly<Record<string, number>> = {},
): Promise<Layer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  const read = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer);
  })();
  const byPath = new Map(files.map((file) => [file.path, file]));
  const modes = new Map(Object.entries(directories));
  for (const path of byPath.keys()) {
    for (let parent = dirname(path); parent !== "/"; parent = dirname(parent)) {
      if (!modes.has(parent)) modes.set(parent, 0o755);
    }
  }
  const fixed = { uid: 0, gid: 0, mtime: NO_TIME };
  for (const [path, mode] of sorted(modes)) {
    archive.entry({ ...fixed, name: `${path.slice(1)}/`, type: "directory", mode });
  }
  for (const [path, { mode, content, target }] of sorted(byPath)) {
    const name = path.slice(1);
    if (target === undefined) archive.entry({ ...fixed, name, mode }, content ?? Buffer.alloc(0));
    else archive.entry({ ...fixed, name, mode: 0o777, type: "symlink", linkname: target });
  }
  archive.finalize();
  await read;
  const tar = Buffer.concat(chunks);
  return { diffId: sha256(tar), blob: await promisify(gzip)(tar, { level: GZIP_LEVEL }) };
}

function sorted<T>(entries: Map<string, T>): [string, T][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}
