import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { SlipwayError } from "../schemas/problem.ts";

/**
 * The root of the checkout: the folder of `--cwd`, else the nearest one upwards with Pulumi.yaml.
 *
 * @throws SlipwayError with code `usage` or `file-missing`
 */
export function findRoot(cwd: string | undefined): string {
  if (cwd !== undefined) {
    const root = path.resolve(cwd);
    if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
      throw new SlipwayError({ code: "usage", message: `--cwd ${cwd}: there is no such folder` });
    }
    if (hasProject(root)) return root;
    throw missing(`${root} holds no Pulumi.yaml`);
  }
  const start = process.cwd();
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (hasProject(folder)) return folder;
    if (path.dirname(folder) === folder) throw missing(`no Pulumi.yaml in ${start} or above it`);
  }
}

function hasProject(folder: string): boolean {
  return existsSync(path.join(folder, "Pulumi.yaml"));
}

function missing(what: string): SlipwayError {
  const message = `${what}: run slipway in a checkout, or name one with --cwd`;
  return new SlipwayError({ code: "file-missing", message });
}
