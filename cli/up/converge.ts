/** One stack, brought to what its plan says: all of it, or a part. */
import type { StackPlan } from "../../config/plan-types.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import type { RunResult } from "../engine/changes.ts";
import { engineProblems } from "../engine/failures.ts";
import { unlessInterrupted } from "../engine/interrupt.ts";
import { previewStack } from "../engine/preview.ts";
import type { OpenStack } from "../engine/stack.ts";
import { readState, type StackState } from "../engine/state.ts";
import type { Note } from "../types.ts";
import { adopt } from "./adopt.ts";
import { type ArmReader, openArm } from "./arm.ts";
import { unlocked } from "./locked.ts";
import { type StackResult, stackResult } from "./outputs.ts";
import { updateStack } from "./run.ts";
import { type Settled, settle } from "./settle.ts";

export interface ConvergeRequest {
  plan: StackPlan;
  note: Note;
  /** Finds the URNs to keep to, as the stack is by then; everything unless given. */
  targets?: () => Promise<readonly string[]>;
  /** Whether only targets are adopted, and not all that exists. */
  adoptsTargets?: boolean;
  /** Take over what exists under our names, whoever made it. */
  anyOwner?: boolean;
  /** Wait for another run on this machine that holds the stack's lock, where it is told otherwise. */
  wait?: boolean;
  /** URNs of which it is known that some stand for what is there no more: read again before. */
  gone?: readonly string[];
  /** Throws where the state says that nothing must be done. */
  check?: (state: StackState) => void;
  /** Likewise, where the state has what ran before it was lost. */
  checkAdopted?: (state: StackState) => void;
}

export interface Converged {
  result: RunResult;
  outputs: StackResult;
  /** What was put right before: URNs. */
  settled: Settled;
  adopted: string[];
}

/**
 * Settles what an interrupted run left, adopts what exists where the state knows nothing, updates.
 *
 * @throws SlipwayError with everything that kept the stack from converging
 */
export async function converge(stack: OpenStack, request: ConvergeRequest): Promise<Converged> {
  const { plan, note, check, checkAdopted, anyOwner = false } = request;
  const arm = lazily(() => openArm());
  try {
    let isNew = false;
    // What another run has under way looks like what one left behind: read again once it is done.
    const settled = await locking(request, async () => {
      const before = await readState(stack);
      check?.(before);
      isNew = before.resources.length + before.pending.length === 0;
      return unlessInterrupted(stack, note, async () => {
        const done = await settle(stack, before, arm, plan.subscriptionId);
        await readAgain(stack, before, request.gone ?? []);
        return done;
      });
    });
    tellSettled(plan.stack, settled, note);
    const adopted = isNew || anyOwner ? await adoptBefore(stack, request, arm) : [];
    if (checkAdopted !== undefined) checkAdopted(await readState(stack));
    const { result, outputs, adoptedLate } = await update(stack, request, arm);
    return { result, outputs, settled, adopted: [...adopted, ...adoptedLate] };
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError(engineProblems(error, []), { cause: error });
  }
}

async function readAgain(
  stack: OpenStack,
  { resources }: StackState,
  urns: readonly string[],
): Promise<void> {
  const known = resources.map(({ urn }) => urn).filter((urn) => urns.includes(urn));
  const targets = known.flatMap((urn) => ["--target", urn]);
  if (known.length > 0) await stack.call(["refresh", "--yes", "--skip-preview", ...targets]);
}

/** Updates; where the state turns out to have lost resources that exist, adopts them and goes on. */
async function update(
  stack: OpenStack,
  request: ConvergeRequest,
  arm: () => Promise<ArmReader>,
): Promise<{ result: RunResult; outputs: StackResult; adoptedLate: string[] }> {
  const { plan, note, targets } = request;
  let adoptedLate: string[] = [];
  for (;;) {
    const target = await targets?.();
    const { result, problems, outputs } = await locking(request, () =>
      updateStack(stack, { plan, note, target }),
    );
    if (outputs !== undefined) return { result, outputs: stackResult(outputs), adoptedLate };
    const exists = problems.some(({ code }) => code === "already-exists");
    if (!exists || adoptedLate.length > 0) throw new SlipwayError(problems);
    adoptedLate = await adoptBefore(stack, request, arm);
    if (adoptedLate.length === 0) throw new SlipwayError(problems);
  }
}

/**
 * Adopts by what a preview would create. While a group is not in the state, a preview ends at what
 * stands in it: so each one is followed as far as it came, until one comes through.
 */
async function adoptBefore(
  stack: OpenStack,
  request: ConvergeRequest,
  arm: () => Promise<ArmReader>,
): Promise<string[]> {
  const { plan, note, targets, adoptsTargets = false, anyOwner = false } = request;
  note(`${plan.stack}: looking for what exists already`);
  const adopted: string[] = [];
  for (;;) {
    const only = adoptsTargets && targets !== undefined ? { target: await targets() } : {};
    const { result, problems } = await unlessInterrupted(stack, note, () =>
      previewStack(stack, only),
    );
    const state = await readState(stack);
    const present = new Set(state.resources.map(({ urn }) => urn));
    const { changes } = result;
    const found = await locking(request, () =>
      unlessInterrupted(stack, note, () => adopt(stack, { plan, changes, present, anyOwner }, arm)),
    );
    adopted.push(...found);
    if (problems.length > 0 && found.length === 0) throw new SlipwayError(problems);
    if (problems.length === 0) break;
  }
  if (adopted.length > 0) note(`${plan.stack}: took ${adopted.length} existing resources over`);
  return adopted;
}

function locking<T>(
  { plan, note, wait = false }: ConvergeRequest,
  work: () => Promise<T>,
): Promise<T> {
  return unlocked(plan.stack, note, work, { wait });
}

function tellSettled(
  stack: string,
  { imported, cleared, refreshed, forgotten }: Settled,
  note: Note,
): void {
  const happened = imported.length + forgotten.length;
  const count = happened + cleared.length + refreshed.length;
  if (count === 0) return;
  note(
    `${stack}: settled ${count} writes of an interrupted run: ${happened} had happened, ` +
      `${cleared.length} had not, ${refreshed.length} read again`,
  );
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
