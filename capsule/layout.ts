/** A capsule as an OCI image layout: a folder that crane, skopeo and oras read and write. */
import { randomUUID } from "node:crypto";
import { constants, rmSync } from "node:fs";
import { access, lstat, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { annotationOf, objectOf, parseAny } from "../builds/documents.ts";
import { MANIFEST } from "../builds/media-types.ts";
import { INDEX } from "../builds/referrers.ts";
import { SlipwayError } from "../schemas/problem.ts";
import type { Capsule } from "./contract.ts";
import { PART_MAX_BYTES } from "./limits.ts";
import { plain, quoted } from "./plain.ts";
import { MANIFEST_MAX_BYTES, type NamedManifest } from "./read.ts";
import { untilSignal } from "./signals.ts";
import type { CapsuleSource } from "./source.ts";
import { unwritten } from "./unwritten.ts";

const VERSION = JSON.stringify({ imageLayoutVersion: "1.0.0" });
const REF_NAME = "org.opencontainers.image.ref.name";
/** By the distribution specification. */
const TAG = /^[0-9A-Za-z_][0-9A-Za-z._-]{0,127}$/;
const NEXT =
  "a folder that this user may make in one that is there, and room for it; name another one, or mend that and run the same command again";
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Writes the layout, whole or not at all; a signal stops it, and ends the process once nothing is left.
 *
 * @param tag that the layout's index gives the capsule
 * @throws SlipwayError `output-exists` when something is there already, `file-unwritten`
 */
export async function writeLayout(folder: string, capsule: Capsule, tag: string): Promise<void> {
  const path = resolve(folder);
  // Of its own name, so that every name that a folder can have is one for the target.
  const scratch = join(dirname(path), `.slipway-${randomUUID()}`);
  // Tried again where a part was just being written.
  const all = { recursive: true, force: true, maxRetries: 2 };
  const work = async (stop: AbortSignal): Promise<void> => {
    try {
      await writeParts(scratch, capsule, tag, stop);
      await requireFree(path);
      await rename(scratch, path);
    } finally {
      await rm(scratch, all);
    }
  };
  await untilSignal(work, () => rmSync(scratch, all)).catch((error: unknown) => {
    throw unwritten(path, error, NEXT);
  });
}

/**
 * Opens a layout that holds one capsule.
 *
 * @throws SlipwayError `file-missing` for what is no layout, `capsule-invalid`, as the source's methods
 */
export async function openLayout(folder: string): Promise<CapsuleSource> {
  const file = join(folder, "index.json");
  const { manifests } = parseAny(await readWithin(file, MANIFEST_MAX_BYTES, folder));
  const [first, ...more] = Array.isArray(manifests) ? manifests.map(objectOf) : [];
  if (first === undefined || more.length > 0) {
    throw invalid(
      `${folder}: found ${more.length + (first ? 1 : 0)} manifests in its index, expected one`,
    );
  }
  const digest = digestOf(folder, first.digest);
  const tag = annotationOf(first, REF_NAME);
  let manifest: Promise<NamedManifest> | undefined;
  return {
    name: folder,
    tag: tag !== undefined && TAG.test(tag) ? tag : undefined,
    manifest() {
      manifest ??= readNamed(folder, digest);
      return manifest;
    },
    blob: (descriptor) => readWithin(blobFile(folder, descriptor.digest), descriptor.size, folder),
  };
}

/**
 * An empty folder is no more than a name: it is taken over. The folder around it is to be there.
 *
 * @throws SlipwayError `output-exists`, `file-unwritten` when nothing can be at that path
 */
export async function requireFree(path: string): Promise<void> {
  const free = await isFree(path).catch((error: unknown) => {
    throw unwritten(path, error, NEXT);
  });
  if (free) return;
  throw new SlipwayError({
    code: "output-exists",
    message: `found ${path}, expected nothing there: a layout is written whole; name another folder, or remove this one`,
  });
}

async function isFree(path: string): Promise<boolean> {
  const there = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (there === undefined) {
    await access(dirname(path));
    return true;
  }
  return there.isDirectory() && (await readdir(path)).length === 0;
}

async function writeParts(
  folder: string,
  { config, layers, manifest, digest }: Capsule,
  tag: string,
  signal: AbortSignal,
): Promise<void> {
  const blobs = join(folder, "blobs", "sha256");
  // Not recursive: Node would try for ever where a file system takes no new folders.
  for (const each of [folder, dirname(blobs), blobs]) await mkdir(each);
  for (const blob of [config, ...layers, { digest, content: manifest }]) {
    await writeFile(join(blobs, blob.digest.replace("sha256:", "")), blob.content, { signal });
  }
  await writeFile(join(folder, "oci-layout"), VERSION, { signal });
  const descriptor = {
    mediaType: MANIFEST,
    digest,
    size: manifest.byteLength,
    annotations: { [REF_NAME]: tag },
  };
  const index = { schemaVersion: 2, mediaType: INDEX, manifests: [descriptor] };
  await writeFile(join(folder, "index.json"), JSON.stringify(index), { signal });
}

/** A manifest that is not there as the index has it is none of the capsule's, as one of other bytes. */
async function readNamed(folder: string, digest: string): Promise<NamedManifest> {
  try {
    const content = await readWithin(blobFile(folder, digest), PART_MAX_BYTES.manifest, folder);
    return { digest, content };
  } catch (error) {
    const [problem] = error instanceof SlipwayError ? error.problems : [];
    if (problem === undefined) throw error;
    return { digest, content: new Uint8Array(), problem };
  }
}

function blobFile(folder: string, digest: string): string {
  return join(folder, "blobs", digestOf(folder, digest).replace(":", "/"));
}

function digestOf(folder: string, value: unknown): string {
  if (typeof value === "string" && DIGEST.test(value)) return value;
  // What is nested without end could not be written again.
  const found = typeof value === "string" ? quoted(value) : "nothing that is text";
  throw invalid(`${folder}: found ${found}, expected a digest`);
}

async function readWithin(file: string, maxBytes: number, folder: string): Promise<Buffer> {
  // Not blocking: a pipe of this name must not be waited for.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw new SlipwayError(
        {
          code: "file-missing",
          message: `found no ${file}, expected the OCI layout of a capsule in ${folder}; name the folder that slipway capsule pack wrote`,
        },
        { cause: error },
      );
    },
  );
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw invalid(`found ${file}, expected a file`);
    if (found.size > maxBytes) {
      throw invalid(`found ${found.size} bytes in ${file}, expected at most ${maxBytes}`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function invalid(message: string): SlipwayError {
  return new SlipwayError({ code: "capsule-invalid", message: plain(message) });
}
