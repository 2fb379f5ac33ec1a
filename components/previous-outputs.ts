import * as pulumi from "@pulumi/pulumi";
import type { StackOutputs } from "./types.ts";

/**
 * The outputs of a run that declares builds alone, over those that the stack has: an update replaces
 * all outputs of a stack, whatever its targets are.
 */
export async function overPreviousOutputs(outputs: StackOutputs): Promise<object> {
  const previous = await previousOutputs();
  const { solutions = outputs.solutions, apps = outputs.apps, builds } = previous;
  return { ...outputs, solutions, apps, builds: { ...objectOf(builds), ...outputs.builds } };
}

/** As a stack reference reads them, but without leaving one in the state. */
async function previousOutputs(): Promise<Readonly<Record<string, unknown>>> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
  return objectOf(objectOf(answer).outputs);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
