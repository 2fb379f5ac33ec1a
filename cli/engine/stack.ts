import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Engine, EngineOutput } from "./process.ts";

/** A stack of the checkout, ready for the Automation API. */
export interface OpenStack {
  name: string;
  automation: Stack;
  engine: Engine;
  /** Calls `pulumi` in the checkout with `--stack`, for what the Automation API lacks. */
  call(args: readonly string[]): Promise<EngineOutput>;
}

/**
 * Opens a stack. The one that the user has selected for plain `pulumi` stays selected.
 *
 * @param root of the checkout
 * @param env variables for the program, besides the caller's own
 */
export async function openStack(
  root: string,
  name: string,
  engine: Engine,
  env: Record<string, string> = {},
): Promise<OpenStack> {
  const workspace = await LocalWorkspace.create({
    workDir: root,
    pulumiCommand: engine,
    envVars: env,
  });
  // The Automation API's own way would run `pulumi stack select`.
  workspace.selectStack = async () => {};
  const automation = await Stack.select(name, workspace);
  // It would run `pulumi stack history` after each update, for a summary that nobody reads.
  automation.info = async () => undefined;
  return {
    name,
    automation,
    engine,
    call: (args) => engine.run([...args, "--stack", name], root, env),
  };
}
