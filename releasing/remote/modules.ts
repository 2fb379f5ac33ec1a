import pLimit from "p-limit";
import type { Catalogue, Component, GoModule, ReleaseRecord } from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { openSource, type Source } from "../../source/index.ts";
import { moduleAt } from "../kinds/go-module.ts";
import type { Environment } from "./artifacts.ts";

export interface SourceAccess {
  env: Environment;
  /** Source tokens by repository key. */
  tokens: Readonly<Record<string, string>>;
  note(line: string): void;
}

type ModuleRecord = ReleaseRecord & { module: GoModule };

const CONCURRENCY = 2;

/**
 * Works out the sum of every recorded Go module anew, from the commit that its record pins. Each
 * repository is fetched once.
 *
 * @returns `digest-changed`, `artifact-rule`, `source-path`, and what kept a repository from being read
 */
export async function checkModules(
  { components }: Pick<Catalogue, "components">,
  records: readonly ReleaseRecord[],
  { env, tokens, note }: SourceAccess,
): Promise<Problem[]> {
  const limit = pLimit(CONCURRENCY);
  const sources = new Map<string, Promise<Source>>();
  const open = ({ repository }: Component) => {
    const source =
      sources.get(repository.key) ??
      openSource(repository, { env, token: tokens[repository.key], note });
    sources.set(repository.key, source);
    return source;
  };
  const failures = new Set<Problem>();
  const problems = await Promise.all(
    records.filter(isModule).map((record) =>
      limit(async () => {
        const component = components.get(record.component);
        if (component === undefined) return [];
        let source: Source;
        try {
          source = await open(component);
        } catch (error) {
          // One and the same for every record of the repository.
          for (const problem of problemsOf(error)) failures.add(problem);
          return [];
        }
        return compare(record, component, source);
      }),
    ),
  );
  return [...failures, ...problems.flat()];
}

async function compare(
  { file, version, source: tag, module: recorded }: ModuleRecord,
  component: Component,
  source: Source,
): Promise<Problem[]> {
  try {
    const found = await moduleAt({ component, version, source, tag });
    return (["path", "sum"] as const)
      .filter((name) => found[name] !== recorded[name])
      .map((name) => ({
        code: "digest-changed",
        file,
        path: `module.${name}`,
        message: `found ${found[name]} at commit ${tag.commit}, expected ${recorded[name]} as the record has it; a release never changes: restore the record from git`,
      }));
  } catch (error) {
    return problemsOf(error).map((problem) => ({ file, path: "module", ...problem }));
  }
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof SlipwayError) return error.problems;
  throw error;
}

function isModule(record: ReleaseRecord): record is ModuleRecord {
  return record.module !== undefined;
}
