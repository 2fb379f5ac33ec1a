import { loadRegistry, recordFile } from "../registry/index.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";

/** What a release that failed leaves of its record, as it stands in the checkout; fit to end a message. */
export function whatIsLeft(root: string, component: string, version: string): string {
  const record = loadRegistry(root, () => {})
    ?.records.get(component)
    ?.find((candidate) => candidate.version === version);
  const id = `${component}@${version}`;
  if (record === undefined) return `${id} has no record`;
  const file = recordFile(component, version);
  return record.status === "pending"
    ? `${id} has a pending record, ${file}: the same command goes on from there, and slipway records yank ${id} --reason "..." gives it up`
    : `${id} has its whole record, ${file}`;
}

/** The same failure, told with what it leaves; undefined for a fault of the program's own. */
export function failureLeaving(error: unknown, left: string): SlipwayError | undefined {
  const problems = problemsOf(error);
  const last = problems.at(-1);
  if (last === undefined) return undefined;
  // The last lines of a build's log are no sentence to go on with.
  const separator = last.message.includes("\n") ? "\n" : "; ";
  const told = { ...last, message: `${last.message}${separator}${left}` };
  return new SlipwayError([...problems.slice(0, -1), told], { cause: error });
}

/** A full disk or a folder that may not be written is the user's to mend. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof SlipwayError) return error.problems;
  if (!(error instanceof Error) || !("syscall" in error) || !("errno" in error)) return [];
  return [{ code: "file-unwritten", message: `a file could not be written: ${error.message}` }];
}
