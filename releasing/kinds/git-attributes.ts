/** Attributes by which `git archive`, and so `go`, gives out other bytes than are stored. */
import { posix } from "node:path";
import ignore from "ignore";
import type { Source } from "../../source/index.ts";

const FILE = ".gitattributes";
const CHANGING = /^(?:ident|eol=crlf|filter(?:=.*)?|working-tree-encoding=.*)$/;
/** A macro, which another name then stands for. */
const MACRO = /^\[attr\]/;

/**
 * What changes files of a folder on their way out of the repository, each fit to stand alone. A later
 * line that takes an attribute back is not looked for.
 *
 * @param paths of the files, inside the repository
 */
export async function changingAttributes(
  source: Source,
  commit: string,
  paths: readonly string[],
): Promise<string[]> {
  const files = (await source.files(commit, ".")).filter(
    ({ path }) => posix.basename(path) === FILE,
  );
  const problems: string[] = [];
  for (const { path: file } of files) {
    const folder = file.slice(0, -FILE.length);
    const inside = paths.filter((path) => path.startsWith(folder));
    if (inside.length === 0) continue;
    const content = await source.readFile(commit, file);
    for (const line of Buffer.from(content ?? "")
      .toString("utf8")
      .split(/\r?\n/)) {
      const [pattern = "", ...attributes] = line.trim().split(/\s+/);
      const found = attributes.find((attribute) => CHANGING.test(attribute));
      if (found === undefined || pattern.startsWith("#")) continue;
      const rules = ignore({ ignorecase: false }).add(pattern);
      const hit = inside.find(
        (path) => MACRO.test(pattern) || rules.ignores(path.slice(folder.length)),
      );
      if (hit === undefined) continue;
      problems.push(
        `found ${found} for ${hit} in ${file}, by which \`go\` gets other bytes than the commit has; remove it there`,
      );
    }
  }
  return problems;
}
