import * as pulumi from "@pulumi/pulumi";
import { endpointMapFrom } from "./builds/endpoints.ts";
import { checkTags } from "./builds/tags.ts";
import {
  configuredTokens,
  declareStack,
  mapStackTraces,
  overPreviousOutputs,
  skipPromiseTraces,
  stackSecrets,
} from "./components/index.ts";
import {
  loadCheckout,
  planStack,
  RELEASE_VARIABLE,
  type StackPlan,
  stackConfigFrom,
} from "./config/index.ts";
import { formatProblem, SlipwayError } from "./schemas/problem.ts";

/**
 * The program: reads the checkout, plans the stack, checks the tags that the plan builds on (D-06),
 * and only then declares anything.
 *
 * @returns the stack's outputs
 */
export default async function program(): Promise<object> {
  const releasing = process.env[RELEASE_VARIABLE];
  try {
    mapStackTraces();
    skipPromiseTraces();
    const config = pulumi.runtime.allConfig();
    const plan = await planFrom(config, releasing);
    // After the plan, which has checked their shape: a parser's error would show a piece of them.
    const tokens = configuredTokens(config);
    const problems = await checkTags(plan.tags, { tokens: tokens.sourceTokens });
    if (problems.length > 0) throw new SlipwayError(problems);
    const outputs = declareStack(plan, stackSecrets(tokens), endpointMapFrom());
    return releasing === undefined ? outputs : await overPreviousOutputs(outputs);
  } catch (error) {
    // A problem of the user's files or world needs no stack trace.
    throw error instanceof SlipwayError ? new pulumi.RunError(error.message) : error;
  }
}

async function planFrom(
  config: Readonly<Record<string, string>>,
  releasing: string | undefined,
): Promise<StackPlan> {
  const { checkout, problems, yanked } = await loadCheckout(import.meta.dirname, {
    removals: false,
  });
  if (checkout === undefined) throw new SlipwayError(problems);
  // What the stack runs already is not known here: `slipway up` refuses, plain `pulumi up` is told.
  for (const problem of yanked) await pulumi.log.warn(formatProblem(problem));
  const identity = { project: pulumi.getProject(), stack: pulumi.getStack() };
  return planStack(checkout, stackConfigFrom(config, identity), { releasing });
}
