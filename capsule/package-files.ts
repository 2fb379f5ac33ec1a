/** The files of a package, as a commit has them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withScratch } from "../builds/scratch.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import type { Source } from "../source/index.ts";
import type { PackageFile } from "./archive.ts";

const [PLAIN, EXECUTABLE] = ["100644", "100755"];

/**
 * Reads a folder from git's objects: neither line ends, nor modes, nor what lies in a checkout has
 * a say.
 *
 * @param folder relative to the repository's root
 * @throws SlipwayError `artifact-rule` for each thing that is no regular file; `source-path`
 */
export async function packageFiles(
  source: Source,
  commit: string,
  folder: string,
): Promise<PackageFile[]> {
  const listed = await source.files(commit, folder);
  const problems = listed
    .filter(({ mode }) => mode !== PLAIN && mode !== EXECUTABLE)
    .map(
      ({ path, type }): Problem => ({
        code: "artifact-rule",
        message: `found the ${type === "commit" ? "submodule" : "link"} ${folder}/${path} at ${commit} of ${source.repository.url}, expected files alone in a package: whoever unpacks it follows none; commit the files instead`,
      }),
    );
  if (problems.length > 0) throw new SlipwayError(problems);
  return withScratch("package", async (scratch) => {
    await source.export(commit, folder, scratch);
    return Promise.all(
      listed.map(async ({ path, mode }) => ({
        path: `package/${path}`,
        executable: mode === EXECUTABLE,
        content: await readFile(join(scratch, path)),
      })),
    );
  });
}
