import type { Checkout, Solution, SolutionState } from "../../config/types.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import type { Outcome } from "../types.ts";
import { setFields } from "./edit.ts";
import { editSolutions } from "./write.ts";

export interface RetireOptions {
  cwd?: string;
  id: string;
}

/** What is to be run first where a solution is in another state (D-29). */
type Next = Readonly<Partial<Record<SolutionState, string>>>;

/** active -> retired. @throws SlipwayError with code `solution-state`, or every problem there would be */
export async function retireSolution({ cwd, id }: RetireOptions): Promise<Outcome> {
  const next: Next = {
    retired: `is retired already; next: slipway up and a commit, then slipway solutions delete-data ${id}`,
    deletable: `is past that: it is deletable; next: slipway up, then remove its entry`,
  };
  const said = `retired ${id}; slipway up takes its apps away and keeps its shares`;
  return editSolutions({ cwd, id, said }, (text, checkout) => {
    inState(checkout, id, "active", next);
    return setFields(text, id, { state: "retired" });
  });
}

/** retired -> deletable. @throws SlipwayError as `retireSolution` */
export async function deleteSolutionData({
  cwd,
  id,
  keepData,
}: RetireOptions & { keepData?: boolean }): Promise<Outcome> {
  const next: Next = {
    active: `is active and its apps may write; first: slipway solutions retire ${id}, then slipway up and a commit`,
    deletable: `is deletable already; next: slipway up, then remove its entry`,
  };
  const fate = keepData === true ? "leaves its shares in Azure" : "deletes its shares";
  const said = `${id} is deletable; run slipway up, then remove its entry: the slipway up after that ${fate}`;
  return editSolutions({ cwd, id, said }, (text, checkout) => {
    inState(checkout, id, "retired", next);
    const fields = keepData === true ? { keep_data: true } : {};
    return setFields(text, id, { state: "deletable", ...fields });
  });
}

function inState(checkout: Checkout, id: string, state: SolutionState, next: Next): void {
  const solution = checkout.solutions.find((candidate) => candidate.id === id);
  if (solution === undefined) throw unknown(checkout.solutions, id);
  if (solution.state === state) return;
  throw new SlipwayError({
    code: "solution-state",
    file: "solutions.yaml",
    line: solution.line,
    message: `${id} ${next[solution.state] ?? `is ${solution.state}`}`,
  });
}

function unknown(solutions: readonly Solution[], id: string): SlipwayError {
  const known = solutions.map((solution) => solution.id);
  const some = known.length > 10 ? "slipway solutions list names them" : known.join(", ");
  return new SlipwayError({
    code: "unknown-solution",
    file: "solutions.yaml",
    message: `has no solution ${JSON.stringify(id)}; there are ${known.length}: ${some}`,
  });
}
