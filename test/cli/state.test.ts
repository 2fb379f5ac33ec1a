import { describe, expect, it } from "vitest";
import { EngineFailure } from "../../cli/engine/process.ts";
import type { OpenStack } from "../../cli/engine/stack.ts";
import { readState } from "../../cli/engine/state.ts";

/** A stack that its backend does not know; `calls` has what was asked of the engine. */
function unknownStack(): { stack: OpenStack; calls: string[][] } {
  const calls: string[][] = [];
  const failure = new EngineFailure(["stack", "export"], {
    code: 255,
    stdout: "",
    stderr: "error: no stack named 'dev' found",
  });
  const stack = {
    name: "dev",
    automation: { workspace: { workDir: "/" } },
    engine: { run: async (args: string[]) => void calls.push(args) },
    call: () => Promise.reject(failure),
  };
  return { stack: stack as unknown as OpenStack, calls };
}

describe("readState", () => {
  it("makes a missing stack where the environment names the backend", async () => {
    const { stack, calls } = unknownStack();
    const state = await readState(stack, { PULUMI_BACKEND_URL: "file:///tmp/state" });
    expect(state).toEqual({ resources: [], pending: [] });
    expect(calls).toEqual([["stack", "init", "dev", "--no-select"]]);
  });

  it("makes none in the backend that the user happens to be logged in to", async () => {
    const { stack, calls } = unknownStack();
    await expect(readState(stack, {})).rejects.toMatchObject({ code: "unknown-stack" });
    expect(calls).toEqual([]);
  });
});
