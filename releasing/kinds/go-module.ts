/** Go modules: the tag is the artifact, and the record holds the sum that `go` works out from it. */
import pLimit from "p-limit";
import type { GoModule } from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import type { Source } from "../../source/index.ts";
import { changingAttributes } from "./git-attributes.ts";
import { moduleFiles, moduleSum } from "./go-module-files.ts";
import { modulePathProblem, readGoMod } from "./go-module-path.ts";
import type { KindBuilder, KindContext } from "./types.ts";

/** Each file is read by a git of its own. */
const READERS = 8;
const LICENSE = "LICENSE";

interface Module {
  path: string;
  /** By path inside the repository, how each file is called in the module. */
  files: ReadonlyMap<string, string>;
}

/** Where a module is read: at the commit of a tag. */
export type ModulePlace = Pick<KindContext, "component" | "version" | "source"> & {
  tag: Pick<KindContext["tag"], "commit">;
};

export const goModuleBuilder: KindBuilder = {
  async checks(context) {
    const module = await readModule(context);
    return Array.isArray(module) ? module : [];
  },
  async find(context) {
    const { name, commit } = context.tag;
    const tags = await context.source.tags(name);
    // The tag is all that is pushed.
    const isPushed = tags.some((tag) => tag.name === name && tag.commit === commit);
    return isPushed ? { module: await moduleAt(context) } : undefined;
  },
  build: async (context) => ({ module: await moduleAt(context) }),
};

/**
 * The module as it is at a commit, with its sum.
 *
 * @throws SlipwayError `artifact-rule` where `go` would refuse it; `source-path`
 */
export async function moduleAt(place: ModulePlace): Promise<GoModule> {
  const { source, tag, version } = place;
  const module = await readModule(place);
  if (Array.isArray(module)) throw new SlipwayError(module);
  const limit = pLimit(READERS);
  const contents = await Promise.all(
    [...module.files].map(([at, path]) =>
      limit(async (): Promise<[string, Uint8Array]> => {
        const content = await source.readFile(tag.commit, at);
        if (content === undefined) throw new Error(`${at} of ${tag.commit} is no file any more`);
        return [path, content];
      }),
    ),
  );
  return { path: module.path, sum: moduleSum(module.path, version, new Map(contents)) };
}

/** @returns the problems where it cannot be released */
async function readModule(place: ModulePlace): Promise<Module | Problem[]> {
  const { source, tag, version, component } = place;
  const { path: folder, repository } = component;
  const at = (path: string) => (folder === "." ? path : `${folder}/${path}`);
  const problem = (message: string): Problem => ({
    code: "artifact-rule",
    message: `${component.name}@${version}: ${message}`,
  });
  const entries = await source.files(tag.commit, folder);
  const content = await source.readFile(tag.commit, at("go.mod"));
  if (content === undefined) {
    return [
      problem(`found no ${at("go.mod")} at commit ${tag.commit}, expected the module's; commit it`),
    ];
  }
  const { path, language } = readGoMod(content);
  const { files, problems } = moduleFiles(entries, language);
  const wrong =
    path === undefined
      ? "found no module line, expected module <path>; add it"
      : describePath(path, modulePathProblem(path, version, { folder, url: repository.url }));
  if (wrong !== undefined) problems.unshift(`${at("go.mod")}: ${wrong}`);
  const named = new Map(files.map((file) => [at(file), file]));
  if (folder !== "." && !entries.some((entry) => entry.path === LICENSE)) {
    const found = await rootLicense(source, tag.commit);
    if (found === "link") {
      problems.push(
        "found LICENSE at the root as a link, whose target's name `go` would take for the licence, expected a file; make it one, or give the module a LICENSE of its own",
      );
    } else if (found === "file") named.set(LICENSE, LICENSE);
  }
  problems.push(...(await changingAttributes(source, tag.commit, [...named.keys()])));
  return path === undefined || problems.length > 0 ? problems.map(problem) : { path, files: named };
}

function describePath(path: string, problem: string | undefined): string | undefined {
  return problem && `found the module ${path}, which ${problem}; correct the module line`;
}

/** A module in a folder takes the licence from the root. */
async function rootLicense(source: Source, commit: string): Promise<"file" | "link" | undefined> {
  if ((await source.readFile(commit, LICENSE)) !== undefined) return "file";
  const entry = (await source.files(commit, ".")).find(({ path }) => path === LICENSE);
  return entry === undefined ? undefined : "link";
}
