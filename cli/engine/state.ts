import { SlipwayError } from "../../schemas/problem.ts";
import { EngineFailure } from "./process.ts";
import type { OpenStack } from "./stack.ts";

/** A resource as the state has it; secrets are left encrypted. */
export interface StateResource {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  parent?: string;
  provider?: string;
  protect?: boolean;
  inputs?: Readonly<Record<string, unknown>>;
  outputs?: Readonly<Record<string, unknown>>;
  external?: boolean;
}

/** A write of which the state does not know whether it happened. */
export interface PendingOperation {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: StateResource;
}

export interface StackState {
  resources: readonly StateResource[];
  pending: readonly PendingOperation[];
}

/**
 * Reads a stack's state. A stack that the backend does not know is made where the environment names
 * the backend; in whatever one the user happens to be logged in to, only the user makes stacks.
 *
 * @throws SlipwayError with code `unknown-stack` in that case
 */
export async function readState(
  stack: OpenStack,
  env: NodeJS.ProcessEnv = process.env,
): Promise<StackState> {
  try {
    const { stdout } = await stack.call(["stack", "export"]);
    const { deployment } = JSON.parse(stdout) as {
      deployment?: { resources?: StateResource[]; pending_operations?: PendingOperation[] };
    };
    return {
      resources: deployment?.resources ?? [],
      pending: deployment?.pending_operations ?? [],
    };
  } catch (error) {
    if (!(error instanceof EngineFailure) || !/no stack named/.test(error.output.stderr))
      throw error;
    if (!env.PULUMI_BACKEND_URL) {
      throw new SlipwayError({
        code: "unknown-stack",
        message: `the backend has no stack ${stack.name}; run: pulumi stack init ${stack.name}, or name another backend in PULUMI_BACKEND_URL (the sandbox's: eval "$(npx --no-install slipway sandbox env)")`,
      });
    }
    const root = stack.automation.workspace.workDir;
    await stack.engine.run(["stack", "init", stack.name, "--no-select"], root, {});
    return { resources: [], pending: [] };
  }
}
