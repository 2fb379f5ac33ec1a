import { loadStackConfigs } from "../../config/index.ts";
import type { StackConfig } from "../../config/types.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { ownerFirst } from "../checkout.ts";
import { engineProblems } from "./failures.ts";
import { type EngineOutput, findEngine } from "./process.ts";
import { openStack } from "./stack.ts";
import { readState } from "./state.ts";

/**
 * The token of a source repository, as the stack's config has it: Pulumi alone can decrypt it.
 *
 * @param repository key in the catalogue
 * @returns undefined where the config has none: git then asks the user's credential helpers
 * @throws SlipwayError where it has one that cannot be read
 */
export async function sourceToken(
  root: string,
  { stack: name, secrets }: Pick<StackConfig, "stack" | "secrets">,
  repository: string,
): Promise<string | undefined> {
  if (!secrets.sourceTokens.includes(repository)) return undefined;
  const stack = await openStack(root, name, await findEngine());
  const key = `slipway:source_tokens[${JSON.stringify(repository)}]`;
  const read = (): Promise<EngineOutput> => stack.call(["config", "get", "--path", key]);
  try {
    const { stdout } = await read().catch(async () => {
      // Pulumi reads no config of a stack that its backend does not know yet.
      await readState(stack);
      return read();
    });
    return stdout.trimEnd();
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError(engineProblems(error, []), { cause: error });
  }
}

/**
 * The token of a source repository from whichever stack has it, the image registry's owner first.
 *
 * @returns undefined where none has
 * @throws SlipwayError where it cannot be read
 */
export async function anySourceToken(
  root: string,
  repository: string,
): Promise<string | undefined> {
  const stacks = [...loadStackConfigs(root, () => {}).values()].sort(ownerFirst);
  const stack = stacks.find(({ secrets }) => secrets.sourceTokens.includes(repository));
  return stack && sourceToken(root, stack, repository);
}
