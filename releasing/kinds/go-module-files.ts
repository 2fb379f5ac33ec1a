/**
 * Which files a Go module consists of, and their sum: the rules of golang.org/x/mod/zip and of
 * golang.org/x/mod/sumdb/dirhash, which every go.sum rests on. `go` itself is not needed to release.
 */
import { createHash } from "node:crypto";
import type { SourceFile } from "../../source/index.ts";

/** Where a module's files were sorted out. */
export interface ModuleFiles {
  /** Paths inside the module, in no order that counts. */
  files: string[];
  /** What `go` would refuse, each fit to stand alone. */
  problems: string[];
}

const LINK = "120000";
const SUBMODULE = "160000";
/** ASCII besides letters and digits that a file's name may have; others than ASCII must be letters. */
const ALLOWED = /^(?:[0-9A-Za-z!#$%&()+,\-.=@[\]^_{}~ ]|[^\0-\x7f])*$/;
const OTHER_THAN_LETTERS = /[^\0-\x7f]/gu;
const RESERVED = /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/i;

/**
 * @param entries everything below the module's folder
 * @param language of its `go` line, `major.minor`
 */
export function moduleFiles(
  entries: readonly SourceFile[],
  language: string | undefined,
): ModuleFiles {
  // To `go`, a submodule is an empty folder.
  const present = entries.filter(({ mode }) => mode !== SUBMODULE);
  const modules = nestedModules(present);
  const seen = new Map<string, { path: string; isFolder: boolean }>();
  const problems = new Set<string>();
  const files: string[] = [];
  for (const { path, mode } of present) {
    if (isVendored(path, language) || isInside(modules, path) || path === ".hg_archival.txt") {
      continue;
    }
    const problem = nameProblem(path) ?? collision(seen, path, false);
    if (problem !== undefined) problems.add(problem);
    else if (mode !== LINK) files.push(path);
  }
  return { files, problems: [...problems] };
}

/**
 * The `h1:` sum of a module.
 *
 * @param module as go.mod has it
 * @param version without `v`
 * @param contents by path inside the module
 */
export function moduleSum(
  module: string,
  version: string,
  contents: ReadonlyMap<string, Uint8Array>,
): string {
  const lines = [...contents]
    .map(([path, content]) => ({ name: Buffer.from(`${module}@v${version}/${path}`), content }))
    .sort((a, b) => Buffer.compare(a.name, b.name))
    .map(({ name, content }) => {
      const hash = createHash("sha256").update(content).digest("hex");
      return `${hash}  ${name.toString("utf8")}\n`;
    });
  return `h1:${createHash("sha256").update(lines.join(""), "utf8").digest("base64")}`;
}

/** Folders, with `/` at the end, that are modules of their own. */
function nestedModules(entries: readonly SourceFile[]): Set<string> {
  return new Set(
    entries
      .filter(({ path, mode }) => mode !== LINK && /(^|\/)go\.mod$/i.test(path))
      .map(({ path }) => path.slice(0, path.lastIndexOf("/") + 1))
      .filter((folder) => folder !== ""),
  );
}

function isInside(folders: ReadonlySet<string>, path: string): boolean {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (folders.has(path.slice(0, end + 1))) return true;
  }
  return false;
}

/**
 * Packages below `vendor`. Before Go 1.24 the first folder was looked at in the wrong place
 * (https://golang.org/issue/37397); sums of that time must stay as they are.
 */
function isVendored(path: string, language: string | undefined): boolean {
  const [major = 0, minor = 0] = (language ?? "0.0").split(".").map(Number);
  const isFixed = major > 1 || (major === 1 && minor >= 24);
  if (isFixed && path === "vendor/modules.txt") return true;
  const length = "/vendor/".length;
  if (path.startsWith("vendor/")) return path.slice(length - 1).includes("/");
  const at = path.indexOf("/vendor/");
  return at !== -1 && path.slice(isFixed ? at + length : length).includes("/");
}

/** What `CheckFilePath` of golang.org/x/mod/module refuses. */
function nameProblem(path: string): string | undefined {
  const named = JSON.stringify(path);
  for (const part of path.split("/")) {
    const others = part.match(OTHER_THAN_LETTERS) ?? [];
    if (!ALLOWED.test(part) || others.some((character) => !/\p{L}/u.test(character))) {
      return `found the file ${named}, whose name has a character that \`go\` refuses; rename it`;
    }
    if (part.endsWith(".")) {
      return `found the file ${named}, where a name ends in a dot, which \`go\` refuses; rename it`;
    }
    if (RESERVED.test(part)) {
      return `found the file ${named}, where a name is one of Windows' devices, which \`go\` refuses; rename it`;
    }
  }
  return path.toLowerCase() === "go.mod" && path !== "go.mod"
    ? `found the file ${named}, expected go.mod in small letters; rename it`
    : undefined;
}

/** Two names that are one where case does not count. */
function collision(
  seen: Map<string, { path: string; isFolder: boolean }>,
  path: string,
  isFolder: boolean,
): string | undefined {
  const folded = path.toUpperCase().toLowerCase();
  const other = seen.get(folded);
  if (other !== undefined && (other.path !== path || other.isFolder !== isFolder)) {
    return `found ${JSON.stringify(other.path)} and ${JSON.stringify(path)}, which are one name where case does not count: \`go\` refuses both; rename one`;
  }
  seen.set(folded, { path, isFolder });
  const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  return parent === "" ? undefined : collision(seen, parent, true);
}
