import { access, lstat, readdir, readFile, realpath } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";

/** A file of an image layer, taken from the host or made up. */
export interface LayerFile {
  /** Absolute, inside the image. */
  path: string;
  /** 0o755 and the like; a symbolic link has `target` instead of content. */
  mode: number;
  content?: Buffer;
  target?: string;
}

const SYSTEM_DIRECTORIES = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/**
 * A program of the host and the shared libraries it needs, each library at the path where the
 * host's loader finds it.
 * @param path where the program is to stand in the image
 */
export async function programFiles(program: string, path: string): Promise<LayerFile[]> {
  const source = await realpath(program);
  const files = [await fileFromHost(source, path, 0o755)];
  for (const library of await sharedLibraries(source)) {
    files.push(await fileFromHost(library, library, 0o755));
  }
  return files;
}

/** All files below a folder of the host, at the same place in the image. */
export async function treeFiles(directory: string): Promise<LayerFile[]> {
  const files: LayerFile[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    files.push(await fileFromHost(path, path, (await lstat(path)).mode & 0o111 ? 0o755 : 0o644));
  }
  return files;
}

/** The first program of that name on PATH or in the system's folders. */
export async function findProgram(name: string): Promise<string | undefined> {
  const directories = [...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_DIRECTORIES];
  for (const directory of directories.filter((entry) => entry !== "")) {
    const file = join(directory, name);
    if (await isReadable(file)) return file;
  }
  return undefined;
}

export async function isReadable(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function fileFromHost(source: string, path: string, mode: number): Promise<LayerFile> {
  return { path, mode, content: await readFile(source) };
}

/** By `ldd`, whose lines are `name => path (address)` or `path (address)`, with glibc and musl. */
async function sharedLibraries(program: string): Promise<string[]> {
  const { stdout, exitCode } = await execa("ldd", [program], { reject: false });
  // A statically linked program needs none: ldd says so and fails.
  if (exitCode !== 0) return [];
  const missing = /^\s*(\S+) => not found/m.exec(stdout);
  if (missing) throw new Error(`${program} lacks the library ${missing[1]}`);
  return [...stdout.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x/gm)].flatMap((match) => match[1] ?? []);
}
