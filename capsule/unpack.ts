/** The only place where a package's files are written. */
import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  ArchiveProblem,
  LIMITS,
  type Limits,
  type OpenedPackage,
  openPackage,
  type PackageFile,
} from "./archive.ts";
import { temporaryUnwritten } from "./unwritten.ts";

/** Follows no link and takes over no file, whoever put it there. */
const NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
/** What a file system answers to a name that it does not take, or takes for another. */
const NAME_ERRORS = new Set(["ENAMETOOLONG", "EILSEQ", "EINVAL", "EEXIST", "ENOTDIR", "EISDIR"]);

/**
 * Unpacks a package's layer, of an origin that nobody trusts yet: first all of it is read and
 * checked, then its files are written.
 *
 * @param folder empty, and only this user's; `package/` comes into being in it
 * @throws ArchiveProblem with the first thing that a package does not have; nothing is written then,
 *   unless it is a name that this file system alone does not take; SlipwayError `file-unwritten`
 */
export async function unpackPackage(
  content: Uint8Array,
  folder: string,
  limits: Limits = LIMITS,
): Promise<OpenedPackage> {
  const opened = await openPackage(content, limits);
  await writePackage(opened.files, folder);
  return opened;
}

/**
 * @param files of checked paths
 * @param folder as of `unpackPackage`
 */
export async function writePackage(files: readonly PackageFile[], folder: string): Promise<void> {
  for (const file of files) {
    try {
      await writeFile(file, folder);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (!NAME_ERRORS.has(code)) throw temporaryUnwritten(folder, error);
      throw new ArchiveProblem(
        `holds ${JSON.stringify(file.path)}, which this file system does not take (${code})`,
        { cause: error },
      );
    }
  }
}

async function writeFile({ path, executable, content }: PackageFile, folder: string) {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const file = await open(target, NEW_FILE, 0o600);
  try {
    await file.writeFile(content);
    // Whatever the umask says.
    await file.chmod(executable ? 0o755 : 0o644);
  } finally {
    await file.close();
  }
}
