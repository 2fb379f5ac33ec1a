import type { Problem } from "../../schemas/problem.ts";
import { createCollector, type RunResult } from "./changes.ts";
import { engineProblems } from "./failures.ts";
import type { OpenStack } from "./stack.ts";

/** What a preview tells: all of it, or as far as it came before `problems` ended it. */
export interface Preview {
  result: RunResult;
  problems: readonly Problem[];
}

/** Previews a stack; its problems are told, not thrown. */
export async function previewStack(
  stack: OpenStack,
  { target, ...options }: { refresh?: boolean; target?: readonly string[] } = {},
): Promise<Preview> {
  const collector = createCollector();
  try {
    await stack.automation.preview({
      onEvent: collector.add,
      ...options,
      ...(target === undefined ? {} : { target: [...target] }),
    });
    return { result: collector.result(), problems: [] };
  } catch (error) {
    const result = collector.result();
    return { result, problems: engineProblems(error, result.failures) };
  }
}
