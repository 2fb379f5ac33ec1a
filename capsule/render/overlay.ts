import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { LIMITS, type Limits, type PackageFile } from "../archive.ts";
import { plain } from "../plain.ts";
import { OVERLAY } from "./references.ts";

/** Follows no link, and waits for nobody who writes to a pipe. */
const AS_LISTED = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Reads the folder that shapes a package for an environment, as files below `overlay/`.
 *
 * @throws SlipwayError `overlay` for each thing in it that is neither file nor folder, for what cannot
 *   be read, and for more than a package may hold
 */
export async function readOverlay(
  folder: string,
  limits: Pick<Limits, "entries" | "bytes"> = LIMITS,
): Promise<PackageFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (codeOf(error) === "") throw error;
      throw refusal([`found no folder ${folder} that can be read, expected the overlay's`], error);
    },
  );
  // Of a repository's root; it is no part of any kustomization.
  const listed = entries
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ path }) => !relative(folder, path).split(sep).includes(".git"));
  const odd = listed.filter(({ entry }) => !entry.isFile() && !entry.isDirectory());
  if (odd.length > 0) {
    throw refusal(odd.map(({ path }) => oddity(path)));
  }
  const files = listed.filter(({ entry }) => entry.isFile()).map(({ path }) => path);
  if (files.length > limits.entries) {
    throw refusal([`found ${files.length} files in ${folder}, expected at most ${limits.entries}`]);
  }
  const read: PackageFile[] = [];
  let left = limits.bytes;
  for (const path of files) {
    const content = await readListed(path, left);
    left -= content.byteLength;
    if (left < 0) {
      throw refusal([`found more than ${limits.bytes} bytes in ${folder}, expected an overlay`]);
    }
    const below = relative(folder, path).split(sep).join("/");
    read.push({ path: `${OVERLAY}/${below}`, executable: false, content });
  }
  return read;
}

/**
 * Reads a file that was listed; meanwhile it may be gone, or something else.
 *
 * @returns a byte more than `maxBytes` at most
 * @throws SlipwayError `overlay`
 */
export async function readListed(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const file = await open(path, AS_LISTED);
    try {
      if (!(await file.stat()).isFile()) throw refusal([oddity(path)]);
      return await buffer(file.createReadStream({ end: maxBytes, autoClose: false }));
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === "" || error instanceof SlipwayError) throw error;
    if (code === "ELOOP") throw refusal([oddity(path)], error);
    throw refusal([`found ${path}, which cannot be read (${code}), expected a file`], error);
  }
}

function oddity(path: string): string {
  return `found ${path}, expected files alone: links are not followed`;
}

/** What the file system answers; empty where it is not asked. */
function codeOf(error: unknown): string {
  const isAnswer = error instanceof Error && "syscall" in error && "code" in error;
  return isAnswer ? String(error.code) : "";
}

function refusal(messages: readonly string[], cause?: unknown): SlipwayError {
  return new SlipwayError(
    messages.map((message): Problem => ({ code: "overlay", message: plain(message) })),
    { cause },
  );
}
