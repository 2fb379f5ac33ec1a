import { formatProblem, type Problem, SlipwayError } from "../schemas/problem.ts";
import type { ExitCode } from "./types.ts";

/** What `--json` prints for a verb that could not run (S-15). */
export interface ErrorDocument {
  error: { code: string; message: string; problems: readonly Problem[] };
}

/** What the entry does about an error: document, lines for stderr, exit code. */
export interface Failure {
  document: ErrorDocument;
  lines: readonly string[];
  exitCode: ExitCode;
}

const INTERRUPTED = 130;

/** An update that a signal ended; the state is sound, and the next run goes on from it. */
export class Interrupted extends SlipwayError {}

/** What is there to be judged, and is not taken: a verdict, unlike what could not be asked. */
export class Refused extends SlipwayError {}

/**
 * @param error whatever was thrown
 * @param debug whether the stack of an unknown error is wanted
 */
export function failureOf(error: unknown, debug: boolean): Failure {
  const usage = usageMessage(error);
  if (usage !== undefined) {
    const problem: Problem = { code: "usage", message: usage };
    return failure([problem], [usage], 2);
  }
  if (error instanceof SlipwayError) {
    return failure(error.problems, error.problems.map(formatProblem), exitCodeOf(error));
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error && debug ? (error.stack ?? message) : undefined;
  const hint = "; this is a fault of slipway: SLIPWAY_DEBUG=1 shows where";
  return failure(
    [{ code: "internal", message: stack ?? message }],
    [stack ?? `internal error: ${message}${hint}`],
    1,
  );
}

function exitCodeOf(error: SlipwayError): ExitCode {
  if (error instanceof Interrupted) return INTERRUPTED;
  if (error instanceof Refused) return 3;
  return error.code === "usage" ? 2 : 1;
}

function failure(
  problems: readonly Problem[],
  lines: readonly string[],
  exitCode: ExitCode,
): Failure {
  const [first] = problems;
  const document = {
    error: { code: first?.code ?? "internal", message: first?.message ?? "", problems },
  };
  return { document, lines, exitCode };
}

/** commander's errors are told by their code, so that this file need not load it. */
function usageMessage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") {
    return undefined;
  }
  return error.code.startsWith("commander.") ? error.message.replace(/^error: /, "") : undefined;
}
