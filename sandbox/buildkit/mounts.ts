import { readFile } from "node:fs/promises";
import { sep } from "node:path";
import { execa } from "execa";

/**
 * Unmounts what is mounted below a folder, innermost first: a BuildKit that was killed leaves the
 * file systems of its containers behind, and a folder with mounts can't be deleted safely.
 */
export async function unmountBelow(directory: string): Promise<void> {
  for (const point of (await mountPoints()).filter((path) => path.startsWith(directory + sep))) {
    await execa("umount", ["--lazy", "--", point]);
  }
}

/** Newest first. None on systems without /proc. */
async function mountPoints(): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const fields = table.split("\n").map((line) => line.split(" ")[4] ?? "");
  // Spaces and the like are written as \ooo.
  const decoded = fields.map((field) =>
    field.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
  );
  return decoded.filter((path) => path !== "").reverse();
}
