import type { ReleaseRegistry } from "../../registry/index.ts";
import { checkReleases } from "../../releasing/remote/index.ts";
import type { Problem } from "../../schemas/problem.ts";
import { anySourceTokens } from "../engine/source-token.ts";
import type { Note } from "../types.ts";

/**
 * Compares the records that can be read with the world. What keeps a token from being read is a
 * problem like the others; its repository is then asked without.
 */
export async function remoteProblems(
  root: string,
  registry: ReleaseRegistry,
  note: Note,
): Promise<Problem[]> {
  const { tokens, problems } = await anySourceTokens(root, repositoriesOf(registry));
  return [...problems, ...(await checkReleases(registry, { env: process.env, tokens, note }))];
}

/** Keys of the repositories that any record is from. */
function repositoriesOf({ catalogue, records }: ReleaseRegistry): Set<string> {
  const keys = [...records].flatMap(([component, { length }]) =>
    length === 0 ? [] : (catalogue.components.get(component)?.repository.key ?? []),
  );
  return new Set(keys);
}
