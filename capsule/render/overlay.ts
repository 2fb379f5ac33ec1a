import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { LIMITS, type Limits, type PackageFile } from "../archive.ts";
import { plain } from "../plain.ts";
import { OVERLAY } from "./references.ts";

/**
 * Reads the folder that shapes a package for an environment, as files below `overlay/`.
 *
 * @throws SlipwayError `overlay` for each thing in it that is neither file nor folder, and for more
 *   than a package may hold
 */
export async function readOverlay(
  folder: string,
  limits: Pick<Limits, "entries" | "bytes"> = LIMITS,
): Promise<PackageFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw refusal([`found no folder ${folder}, expected the overlay's`], error);
    },
  );
  // Of a repository's root; it is no part of any kustomization.
  const listed = entries
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ path }) => !relative(folder, path).split(sep).includes(".git"));
  const odd = listed.filter(({ entry }) => !entry.isFile() && !entry.isDirectory());
  if (odd.length > 0) {
    throw refusal(
      odd.map(({ path }) => `found ${path}, expected files alone: links are not followed`),
    );
  }
  const files = listed.filter(({ entry }) => entry.isFile()).map(({ path }) => path);
  if (files.length > limits.entries) {
    throw refusal([`found ${files.length} files in ${folder}, expected at most ${limits.entries}`]);
  }
  const read: PackageFile[] = [];
  let left = limits.bytes;
  for (const path of files) {
    if ((await stat(path)).size > left) {
      throw refusal([`found more than ${limits.bytes} bytes in ${folder}, expected an overlay`]);
    }
    const content = await readFile(path);
    left -= content.byteLength;
    const below = relative(folder, path).split(sep).join("/");
    read.push({ path: `${OVERLAY}/${below}`, executable: false, content });
  }
  return read;
}

function refusal(messages: readonly string[], cause?: unknown): SlipwayError {
  return new SlipwayError(
    messages.map((message): Problem => ({ code: "overlay", message: plain(message) })),
    { cause },
  );
}
