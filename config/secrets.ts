import type { Catalogue } from "../registry/index.ts";
import type { StackProblem } from "./stacks.ts";
import type { Solution, StackConfig } from "./types.ts";

/** Tokens in stack config that belong to nothing: a misspelt key would go unnoticed until a build. */
export function secretProblems(
  catalogue: Catalogue,
  solutions: readonly Solution[],
  stacks: ReadonlyMap<string, StackConfig>,
): StackProblem[] {
  const ids = new Set(solutions.map(({ id }) => id));
  return [...stacks.values()].flatMap(({ file, secrets }) => [
    ...secrets.sourceTokens
      .filter((key) => !catalogue.repositories.has(key))
      .map((key) => ({
        code: "unknown-repository" as const,
        file,
        at: ["config", "slipway:source_tokens", key],
        message: `found a token of the repository "${key}", expected one of ${[...catalogue.repositories.keys()].join(", ")}; correct or remove it`,
      })),
    ...secrets.customerTokens
      .filter((id) => !ids.has(id))
      .map((id) => ({
        code: "unknown-solution" as const,
        file,
        at: ["config", "slipway:customer_repository_tokens", id],
        message: `found a token of the solution "${id}", expected an id of solutions.yaml; correct or remove it`,
      })),
  ]);
}
