import { loadStackConfigs } from "../../config/index.ts";
import type { StackConfig } from "../../config/types.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { ownerFirst } from "../checkout.ts";
import { engineProblems } from "./failures.ts";
import { type EngineOutput, findEngine } from "./process.ts";
import { openStack } from "./stack.ts";
import { readState } from "./state.ts";

/** What is known of a stack without its engine. */
type TokenHolder = Pick<StackConfig, "stack" | "secrets">;

/** By key of the repository in the catalogue. */
type Tokens = Readonly<Record<string, string>>;

/**
 * The token of a source repository, as the stack's config has it: Pulumi alone can decrypt it.
 *
 * @param repository key in the catalogue
 * @returns undefined where the config has none: git then asks the user's credential helpers
 * @throws SlipwayError where it has one that cannot be read
 */
export async function sourceToken(
  root: string,
  holder: TokenHolder,
  repository: string,
): Promise<string | undefined> {
  if (!holder.secrets.sourceTokens.includes(repository)) return undefined;
  return (await readTokens(root, holder))[repository];
}

/**
 * The tokens of source repositories, each from whichever stack has it, the image registry's owner
 * first. One call of the engine reads all that a stack has.
 *
 * @returns no token for a repository of which no stack has one, or has one that cannot be read; the
 *   problems say why it cannot
 */
export async function anySourceTokens(
  root: string,
  repositories: Iterable<string>,
): Promise<{ tokens: Tokens; problems: readonly Problem[] }> {
  const tokens: Record<string, string> = {};
  const problems: Problem[] = [];
  let wanted = [...repositories];
  for (const holder of [...loadStackConfigs(root, () => {}).values()].sort(ownerFirst)) {
    const has = (repository: string) => holder.secrets.sourceTokens.includes(repository);
    const held = wanted.filter(has);
    wanted = wanted.filter((repository) => !has(repository));
    if (held.length === 0) continue;
    try {
      const read = await readTokens(root, holder);
      for (const key of held) if (read[key] !== undefined) tokens[key] = read[key];
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { tokens, problems };
}

/**
 * As `anySourceTokens`, of one repository.
 *
 * @returns undefined where no stack has one
 * @throws SlipwayError where it cannot be read
 */
export async function anySourceToken(
  root: string,
  repository: string,
): Promise<string | undefined> {
  const { tokens, problems } = await anySourceTokens(root, [repository]);
  if (problems.length > 0) throw new SlipwayError(problems);
  return tokens[repository];
}

async function readTokens(root: string, { stack: name }: TokenHolder): Promise<Tokens> {
  const stack = await openStack(root, name, await findEngine());
  const read = (): Promise<EngineOutput> => stack.call(["config", "get", "slipway:source_tokens"]);
  try {
    const { stdout } = await read().catch(async () => {
      // Pulumi reads no config of a stack that its backend does not know yet.
      await readState(stack);
      return read();
    });
    return tokensIn(stdout);
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError(engineProblems(error, []), { cause: error });
  }
}

/** The map as the engine prints it: one line of JSON. */
function tokensIn(printed: string): Tokens {
  const map: unknown = JSON.parse(printed);
  if (typeof map !== "object" || map === null) throw new Error("the source tokens are no map");
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
