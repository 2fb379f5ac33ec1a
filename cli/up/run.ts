/** One run of the engine over a stack, with its events, its progress and its interruption. */
import type { EngineEvent, OutputMap } from "@pulumi/pulumi/automation/index.js";
import type { StackPlan } from "../../config/plan-types.ts";
import type { Problem } from "../../schemas/problem.ts";
import { createCollector, type RunResult } from "../engine/changes.ts";
import { engineProblems } from "../engine/failures.ts";
import { interruptedRun, whileInterruptible } from "../engine/interrupt.ts";
import { parseLocks } from "../engine/locks.ts";
import { EngineFailure } from "../engine/process.ts";
import { createProgress } from "../engine/progress.ts";
import type { OpenStack } from "../engine/stack.ts";
import type { Note } from "../types.ts";
import { createDisplay } from "./display.ts";

export interface UpdateRequest {
  plan: StackPlan;
  note: Note;
  /** URNs; everything unless given. */
  target?: readonly string[] | undefined;
}

export interface UpdateOutcome {
  result: RunResult;
  /** What failed; empty when all went well. */
  problems: readonly Problem[];
  /** Absent when something failed. */
  outputs?: OutputMap;
}

/**
 * Updates the stack. One solution that fails does not keep the others from converging.
 *
 * @throws EngineFailure where the stack is locked, Interrupted after a signal
 */
export async function updateStack(
  stack: OpenStack,
  { plan, note, target }: UpdateRequest,
): Promise<UpdateOutcome> {
  const collector = createCollector();
  const display = createDisplay(plan.stack, note);
  const progress = createProgress(plan, (milestone) => display.milestone(milestone));
  const onEvent = (event: EngineEvent) => {
    collector.add(event);
    progress.add(event);
    display.refresh(progress.count);
  };
  display.start();
  let interrupted = false;
  try {
    const { outputs } = await whileInterruptible(
      stack.engine,
      (line) => {
        interrupted = true;
        display.say(line);
      },
      () =>
        stack.automation.up({
          onEvent,
          continueOnError: true,
          ...(target === undefined ? {} : { target: [...target] }),
        }),
    );
    return { result: collector.result(), problems: [], outputs };
  } catch (error) {
    if (interrupted) throw interruptedRun(plan.stack);
    if (!(error instanceof EngineFailure) || parseLocks(error.output.stderr).length > 0)
      throw error;
    const result = collector.result();
    return { result, problems: engineProblems(error, result.failures) };
  } finally {
    await display.stop();
  }
}
