/**
 * Where the kustomizations of a tree lead. kustomize keeps files to their kustomization's folder, but
 * takes folders from anywhere on the disk and both from the network, so that each reference is looked
 * at before it runs.
 */
import { posix } from "node:path";
import type { Problem } from "../../schemas/problem.ts";
import type { PackageFile } from "../archive.ts";
import { plain } from "../plain.ts";
import { objectOf, readYaml } from "./kustomization.ts";
import { remoteTexts } from "./remote.ts";

/** What is rendered: `overlay/` where there is one, else the recorded path of `package/`. */
export interface Tree {
  /** Below `package/` and `overlay/`. */
  files: readonly PackageFile[];
  /** Folder that the capsule records, e.g. `package/base`. */
  recorded: string;
  hasOverlay: boolean;
}

export const OVERLAY = "overlay";

const NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/** Files or folders with a kustomization. */
const TREES = ["resources", "bases"];
/** Files, or YAML in their place, that configure plugins. */
const PLUGINS = ["generators", "transformers", "validators"];
/** What else a kustomization has; an unknown key could be another spelling of a known one. */
const KEYS = new Set([
  ...TREES,
  ...PLUGINS,
  ..."apiVersion kind metadata components crds configurations openapi".split(" "),
  ..."patches patchesStrategicMerge patchesJson6902 replacements vars replicas".split(" "),
  ..."images imageTags namespace namePrefix nameSuffix buildMetadata sortOptions".split(" "),
  ..."commonLabels commonAnnotations labels".split(" "),
  ..."configMapGenerator secretGenerator generatorOptions".split(" "),
]);

/** Of all kustomizations and plugins' files together: a kibibyte can take 10 ms, and nothing else runs. */
const MAX_READ_BYTES = 1024 * 1024;
/** Nobody mends more at once. */
const MAX_PROBLEMS = 50;

/** There is nothing more to be told. */
class Enough extends Error {}

/** What would be read from elsewhere, or run; none when the tree may be rendered. */
export function referenceProblems(tree: Tree): Problem[] {
  return new Walk(tree).problems();
}

class Walk {
  readonly #tree: Tree;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #folders: ReadonlySet<string>;
  /** Folders with a kustomization; those that are reached while it is gone through are appended. */
  readonly #reached = new Set<string>();
  /** What configures plugins: a text on the spot, or the content of a file. */
  readonly #configurations = new Set<string | Uint8Array>();
  readonly #problems: Problem[] = [];
  #left = MAX_READ_BYTES;

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#files = new Map(tree.files.map(({ path, content }) => [path, content]));
    this.#folders = new Set([...this.#files.keys()].flatMap(foldersOf));
  }

  problems(): Problem[] {
    try {
      this.#walk();
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
    }
    return this.#problems;
  }

  #walk(): void {
    const { hasOverlay, recorded } = this.#tree;
    this.#reached.add(hasOverlay ? OVERLAY : recorded);
    for (const folder of this.#reached) this.#visit(folder);
    if (this.#problems.length === 0 && !this.#reached.has(recorded)) {
      this.#report(
        `found an overlay without the package, expected ../${recorded} among the resources of its kustomization`,
      );
    }
  }

  #visit(folder: string): void {
    const [file, ...more] = NAMES.map((name) => `${folder}/${name}`).filter((path) =>
      this.#files.has(path),
    );
    if (file === undefined || more.length > 0) {
      this.#report(
        `found ${more.length === 0 ? "no" : "more than one"} kustomization in ${folder}, expected one`,
      );
      return;
    }
    const [document] = this.#read(file, this.#files.get(file), "one");
    const fields = new Map(Object.entries(objectOf(document)));
    for (const key of fields.keys()) {
      if (!KEYS.has(key)) this.#report(`found ${text(key)} in ${file}, ${whyNot(key)}`);
    }
    for (const key of [...TREES, "components", ...PLUGINS]) {
      for (const entry of entriesOf(fields.get(key))) this.#follow(file, key, entry);
      fields.delete(key);
    }
    this.#refuseRemote(file, Object.fromEntries(fields));
  }

  #follow(file: string, key: string, entry: unknown): void {
    const problem =
      typeof entry === "string" ? this.#followPath(file, key, entry) : "expected a path";
    if (problem !== undefined) {
      this.#report(`found ${text(entry)} under ${key} of ${file}, ${problem}`);
    }
  }

  /** @returns what is wrong with the entry itself */
  #followPath(file: string, key: string, entry: string): string | undefined {
    const isPlugin = PLUGINS.includes(key);
    const isInline = isPlugin && /[\n{:]/.test(entry);
    if (isInline) {
      this.#configure(file, entry);
    }
    const target = posix.join(posix.dirname(file), entry).replace(/(?<=.)\/$/, "");
    const isLocal = !posix.isAbsolute(entry) && remoteTexts(entry).length === 0;
    if (isLocal && this.#files.has(target) && key !== "components") {
      // Any other file is a resource, which refers to nothing.
      if (isPlugin) this.#configure(target, this.#files.get(target));
      return undefined;
    }
    if (isInline) return undefined;
    const leavesPackage = isIn(OVERLAY, target) && !isIn(OVERLAY, file);
    if (!isLocal || isPlugin || leavesPackage || !this.#folders.has(target)) {
      return `expected ${this.#expected(file, key)}`;
    }
    const entersPackage = isIn(OVERLAY, file) && !isIn(OVERLAY, target);
    const { recorded } = this.#tree;
    if (entersPackage && key !== "components" && target !== recorded) {
      return `expected the overlay's ../${recorded}: it is what the capsule says to render`;
    }
    this.#reached.add(target);
    return undefined;
  }

  #expected(file: string, key: string): string {
    const kind = PLUGINS.includes(key)
      ? "file"
      : key === "components"
        ? "folder"
        : "file or folder";
    const home = isIn(OVERLAY, file)
      ? `of the overlay, or ../${this.#tree.recorded}`
      : "of the package";
    return `the path of a ${kind} ${home}: nothing is read from elsewhere while rendering`;
  }

  /** Looks at what configures a plugin, once however often it is named. */
  #configure(file: string, content: string | Uint8Array = ""): void {
    if (this.#configurations.has(content)) return;
    this.#configurations.add(content);
    this.#refuseRemote(file, this.#read(file, content, "many"));
  }

  #refuseRemote(file: string, value: unknown): void {
    for (const remote of remoteTexts(value)) {
      this.#report(
        `found ${text(remote)} in ${file}, expected a file beside it: nothing is fetched while rendering`,
      );
    }
  }

  /** @returns the documents; none where there is a problem */
  #read(file: string, content: string | Uint8Array = "", count: "one" | "many"): unknown[] {
    const bytes = Buffer.from(content);
    this.#left -= bytes.byteLength;
    if (this.#left < 0) {
      this.#report(
        `found more than ${MAX_READ_BYTES} bytes of kustomizations and what configures plugins up to ${file}, expected fewer`,
      );
      throw new Enough();
    }
    const { documents, problem } = readYaml(bytes);
    const why = problem ?? (count === "one" && documents.length !== 1 ? "is not one document" : "");
    if (why === "") return documents;
    this.#report(`found ${file}, which ${why}; write it plainly`);
    return [];
  }

  #report(message: string): void {
    const isMore = this.#problems.length === MAX_PROBLEMS;
    const said = isMore ? `found more than ${MAX_PROBLEMS} problems, expected none` : message;
    this.#problems.push({ code: "render-reference", message: plain(said) });
    if (isMore) throw new Enough();
  }
}

function whyNot(key: string): string {
  return /^helm/i.test(key)
    ? "expected no chart: nothing is run while rendering; commit what the chart renders to"
    : "expected a key of a kustomization, spelled as kustomize documents it";
}

function entriesOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function foldersOf(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === "." ? [] : [folder, ...foldersOf(folder)];
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** As a message quotes it: aliases can make a list endless, which JSON would write out. */
function text(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "a list" : "a map";
  }
  return JSON.stringify(value);
}
