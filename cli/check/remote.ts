import { loadStackConfigs } from "../../config/index.ts";
import type { StackConfig } from "../../config/types.ts";
import { loadRegistry, type ReleaseRegistry } from "../../registry/index.ts";
import { checkReleases } from "../../releasing/remote/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { ownerFirst } from "../checkout.ts";
import { sourceToken } from "../engine/source-token.ts";
import type { Note } from "../types.ts";

/**
 * Compares the records that can be read with the world. What keeps a token from being read is a
 * problem like the others; its repository is then asked without.
 */
export async function remoteProblems(root: string, note: Note): Promise<Problem[]> {
  // What is wrong in the files is told by the caller.
  const registry = loadRegistry(root, () => {});
  if (registry === undefined) return [];
  const problems: Problem[] = [];
  const stacks = [...loadStackConfigs(root, () => {}).values()].sort(ownerFirst);
  const tokens: Record<string, string> = {};
  for (const repository of repositoriesOf(registry)) {
    try {
      const token = await tokenFrom(root, stacks, repository);
      if (token !== undefined) tokens[repository] = token;
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      problems.push(...error.problems);
    }
  }
  return [...problems, ...(await checkReleases(registry, { env: process.env, tokens, note }))];
}

/** Keys of the repositories that any record is from. */
function repositoriesOf({ catalogue, records }: ReleaseRegistry): Set<string> {
  const keys = [...records].flatMap(([component, { length }]) =>
    length === 0 ? [] : (catalogue.components.get(component)?.repository.key ?? []),
  );
  return new Set(keys);
}

async function tokenFrom(
  root: string,
  stacks: readonly StackConfig[],
  repository: string,
): Promise<string | undefined> {
  const stack = stacks.find(({ secrets }) => secrets.sourceTokens.includes(repository));
  return stack && sourceToken(root, stack, repository);
}
