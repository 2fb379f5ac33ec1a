/** The files of a binary release: which they are, whether their names may be, and their checksums. */
import { createHash } from "node:crypto";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CHECKSUMS } from "../../builds/media-types.ts";

export interface BinaryFile {
  /** Relative to the folder, with `/`. */
  name: string;
  content: Uint8Array;
}

/** Refused by Windows, or written another way by `sha256sum`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const REFUSED = /[\u0000-\u001f\u007f\\:*?"<>|]/;

/**
 * Every file below a folder that a build has filled, in the order of their names' bytes.
 *
 * @param root existing folder that nothing may lead out of
 * @param folder below it
 * @returns the problems where there are any, each fit to stand alone
 */
export async function readFolder(
  root: string,
  folder: string,
): Promise<{ files: BinaryFile[] } | { problems: string[] }> {
  const unfit = await folderProblem(root, folder);
  if (unfit !== undefined) return { problems: [unfit] };
  const problems: string[] = [];
  const names: string[] = [];
  const at = join(root, folder);
  for (const entry of await readdir(at, { recursive: true, withFileTypes: true })) {
    const name = join(entry.parentPath, entry.name).slice(at.length + 1);
    if (entry.isFile()) names.push(name);
    else if (!entry.isDirectory()) {
      const kind = entry.isSymbolicLink() ? "a link" : "no plain file";
      problems.push(
        `found ${JSON.stringify(name)}, which is ${kind}, expected files; put a copy there`,
      );
    }
  }
  const sorted = names.map((name) => Buffer.from(name)).sort(Buffer.compare);
  problems.push(...nameProblems(sorted.map(String)));
  if (names.length === 0 && problems.length === 0) {
    problems.push(`found no file in ${folder}, expected what is released; let the build write it`);
  }
  if (problems.length > 0) return { problems };
  const files: BinaryFile[] = [];
  for (const bytes of sorted) {
    const name = bytes.toString("utf8");
    files.push({ name, content: await readFile(join(at, name)) });
  }
  return { files };
}

/** What keeps names from being unpacked by anybody anywhere; each problem is fit to stand alone. */
export function nameProblems(names: readonly string[]): string[] {
  const seen = new Map<string, string>();
  const problems: string[] = [];
  for (const name of names) {
    const named = JSON.stringify(name);
    const key = name.normalize("NFC").toLowerCase();
    const other = seen.get(key);
    seen.set(key, name);
    const parts = name.split("/");
    if (parts.some((part) => part === "" || part === "." || part === "..")) {
      problems.push(`found the file ${named}, expected a name inside the folder; rename it`);
    } else if (REFUSED.test(name) || parts.some((part) => /^ |[ .]$/.test(part))) {
      problems.push(
        `found the file ${named}, whose name some system refuses, expected one without control characters, \\ : * ? " < > | and without a space or dot at an end; rename it`,
      );
    } else if (key === CHECKSUMS) {
      problems.push(`found the file ${named}, whose name the checksums have; rename it`);
    } else if (other !== undefined) {
      problems.push(
        `found ${JSON.stringify(other)} and ${named}, which are one name where case does not count; rename one`,
      );
    }
  }
  return problems;
}

/** As `sha256sum -c` reads it. */
export function checksumsOf(files: readonly BinaryFile[]): string {
  return files
    .map(({ name, content }) => `${createHash("sha256").update(content).digest("hex")}  ${name}\n`)
    .join("");
}

/** A link on the way would lead to files that are no part of the release. */
async function folderProblem(root: string, folder: string): Promise<string | undefined> {
  const parts = folder === "." ? [] : folder.split("/");
  for (let depth = 1; depth <= parts.length; depth++) {
    const at = parts.slice(0, depth).join("/");
    const found = await lstat(join(root, at)).catch(() => undefined);
    if (found?.isDirectory()) continue;
    const kind = found === undefined ? "nothing" : found.isSymbolicLink() ? "a link" : "a file";
    return `found ${kind} at ${at}, expected the folder of what is released; let the build make it, or correct binaries.folder in releases/catalogue.yaml`;
  }
  return undefined;
}
