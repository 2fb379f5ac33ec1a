/** The package of a capsule as one tar: regular files below `package/`, and nothing else. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";
import { sha256 } from "../builds/digest.ts";
import { TarProblem, tarEntries } from "../builds/tar.ts";
import { gunzipWithin, gzipReproducibly } from "./gzip.ts";
import { quoted } from "./plain.ts";

export interface PackageFile {
  /** With `/`, below `package/`, e.g. `package/base/app.yaml`. */
  path: string;
  executable: boolean;
  content: Uint8Array;
}

export interface PackedPackage {
  /** `tar+gzip` */
  content: Uint8Array;
  /** `sha256:<hex>` of the tar. */
  diffId: string;
  /** Bytes of the tar. */
  size: number;
}

/** What an archive turned out to hold. */
export interface OpenedPackage {
  files: PackageFile[];
  /** Of every entry, in seconds since the epoch. */
  time: number;
  /** `sha256:<hex>` of the tar. */
  diffId: string;
  /** Bytes of the tar. */
  size: number;
}

/** What is unpacked at most. Kargo takes no layer above 100 MB (FORMATS: `oci-download`). */
export interface Limits {
  entries: number;
  /** Of the tar. */
  bytes: number;
  /** Of the compressed layer. */
  compressed: number;
  /** Bytes of the tar for one of the layer. */
  ratio: number;
}

export const LIMITS: Limits = {
  entries: 10_000,
  bytes: 256 * 1024 * 1024,
  compressed: 100_000_000,
  ratio: 200,
};

/** Why an archive is refused; the message follows the archive's name in a sentence. */
export class ArchiveProblem extends Error {
  override name = "ArchiveProblem";
}

const ROOT = "package/";
const [PLAIN, EXECUTABLE] = [0o644, 0o755];
/** A path that means the same on every system: Windows' separators and drives are none of it. */
const SEGMENT = /^(?!\.{1,2}$)[^/\\:\p{Cc}]+$/u;
const MAX_PATH = 1024;
/** Of what tar-stream writes, which counts in 32 bits. */
const MAX_TIME = 2 ** 31 - 1;
/** Bytes that every common file system takes for one name. */
const MAX_NAME = 255;

/**
 * Packs files to the same bytes each time, in whatever order they come.
 *
 * @param time seconds since the epoch, for every entry
 * @throws ArchiveProblem when what is packed would be refused by who unpacks it
 */
export async function packPackage(
  files: readonly PackageFile[],
  time: number,
  limits: Limits = LIMITS,
): Promise<PackedPackage> {
  if (!(time >= 0 && time <= MAX_TIME)) {
    throw new ArchiveProblem(`is dated ${time}, expected 0 to ${MAX_TIME} seconds after 1970`);
  }
  checkPaths(
    files.map(({ path }) => path),
    limits,
  );
  const tar = await tarOf(files, time);
  const content = gzipReproducibly(tar);
  checkSizes(tar.byteLength, content.byteLength, limits);
  return { content, diffId: sha256(tar), size: tar.byteLength };
}

async function tarOf(files: readonly PackageFile[], time: number): Promise<Buffer> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const archive = pack();
  const read = buffer(archive);
  for (const { path, executable, content } of sorted) {
    archive.entry(
      {
        name: path,
        mode: executable ? EXECUTABLE : PLAIN,
        uid: 0,
        gid: 0,
        mtime: new Date(time * 1000),
      },
      Buffer.from(content),
    );
  }
  archive.finalize();
  return read;
}

/**
 * Reads an archive of an origin that nobody trusts yet, wholly in memory: nothing of it is written anywhere.
 *
 * @throws ArchiveProblem with the first thing that a package does not have
 */
export async function openPackage(
  content: Uint8Array,
  limits: Limits = LIMITS,
): Promise<OpenedPackage> {
  if (content.byteLength > limits.compressed) {
    throw new ArchiveProblem(`has ${content.byteLength} bytes, more than ${limits.compressed}`);
  }
  const tar = await unpacked(content, limits);
  checkSizes(tar.byteLength, content.byteLength, limits);
  const files: PackageFile[] = [];
  let time = 0;
  for await (const [header, data] of entriesOf(tar)) {
    if (files.length >= limits.entries) throw tooMany(limits);
    files.push(fileOf(header, data));
    time = (header.mtime?.getTime() ?? 0) / 1000;
  }
  checkPaths(
    files.map(({ path }) => path),
    limits,
  );
  // What one reader of tar passes over, another takes for a file: one form leaves nothing to differ on.
  if (!(await tarOf(files, time)).equals(tar)) {
    throw new ArchiveProblem(
      "is a tar in another form than packing gives it: sorted, owned by 0:0, all of one time, and nothing besides",
    );
  }
  return { files, time, diffId: sha256(tar), size: tar.byteLength };
}

async function unpacked(content: Uint8Array, limits: Limits): Promise<Buffer> {
  try {
    return await gunzipWithin(content, Math.min(limits.bytes, content.byteLength * limits.ratio));
  } catch (error) {
    throw new ArchiveProblem(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

async function* entriesOf(tar: Buffer): AsyncGenerator<[Header, Buffer]> {
  try {
    for await (const entry of tarEntries(Readable.from([tar], { objectMode: false }))) {
      checkHeader(entry.header);
      yield [entry.header, await buffer(entry.content)];
    }
  } catch (error) {
    if (error instanceof ArchiveProblem) throw error;
    const why = error instanceof TarProblem ? error.message : "is not a whole tar";
    throw new ArchiveProblem(why, { cause: error });
  }
}

function checkHeader({ name, type, mode }: Header): void {
  const what = `holds ${quoted(name)}`;
  if (type !== "file") {
    throw new ArchiveProblem(`${what}, a ${type ?? "thing without a type"}`);
  }
  if (mode !== PLAIN && mode !== EXECUTABLE) {
    throw new ArchiveProblem(`${what} with the mode ${(mode ?? 0).toString(8)}`);
  }
}

function fileOf({ name, mode, size }: Header, content: Buffer): PackageFile {
  if (size !== content.byteLength) throw new ArchiveProblem("is not a whole tar");
  return { path: name, executable: mode === EXECUTABLE, content };
}

function checkPaths(paths: readonly string[], limits: Limits): void {
  if (paths.length === 0) throw new ArchiveProblem("holds nothing");
  if (paths.length > limits.entries) throw tooMany(limits);
  const seen = new Map<string, string>();
  for (const path of paths) {
    const why = pathProblem(path);
    if (why !== undefined) throw new ArchiveProblem(`holds ${quoted(path)}, which ${why}`);
    // Two names that one file system takes for the same would overwrite each other.
    const folded = path.normalize("NFC").toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined) {
      throw new ArchiveProblem(`holds ${quoted(other)} and ${quoted(path)}`);
    }
    seen.set(folded, path);
  }
  for (const folded of seen.keys()) {
    for (let at = folded.indexOf("/"); at !== -1; at = folded.indexOf("/", at + 1)) {
      const file = seen.get(folded.slice(0, at));
      if (file !== undefined) {
        throw new ArchiveProblem(`holds ${quoted(file)} as a file and as a folder`);
      }
    }
  }
}

function pathProblem(path: string): string | undefined {
  if (!path.startsWith(ROOT)) return `is not below ${ROOT}`;
  if (path.length > MAX_PATH) return `has more than ${MAX_PATH} characters`;
  const segments = path.split("/");
  if (!segments.every((segment) => SEGMENT.test(segment))) return "is no path of plain names";
  return segments.some((segment) => Buffer.byteLength(segment) > MAX_NAME)
    ? `has a name of more than ${MAX_NAME} bytes`
    : undefined;
}

function checkSizes(bytes: number, compressed: number, limits: Limits): void {
  if (bytes > limits.bytes) {
    throw new ArchiveProblem(`has ${bytes} bytes unpacked, more than ${limits.bytes}`);
  }
  if (compressed > limits.compressed) {
    throw new ArchiveProblem(`has ${compressed} bytes, more than ${limits.compressed}`);
  }
  if (bytes > compressed * limits.ratio) {
    throw new ArchiveProblem(
      `has ${bytes} bytes unpacked and ${compressed} packed, more than ${limits.ratio} for one: it is as good as blank`,
    );
  }
}

function tooMany({ entries }: Limits): ArchiveProblem {
  return new ArchiveProblem(`holds more than ${entries} files`);
}
