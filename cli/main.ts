/** The entry of the command line: the only place that prints and decides on the exit code. */
import { failureOf } from "./errors.ts";
import { createProgram } from "./program.ts";
import type { ExitCode, Note, Outcome } from "./types.ts";

/** commander throws these after it printed what was asked for. */
const PRINTED = new Set(["commander.helpDisplayed", "commander.version", "commander.help"]);

/**
 * @param argv arguments after the program's name
 * @returns exit code; what is to be printed has been printed
 */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  ignoreClosedPipes();
  let exitCode: ExitCode = 0;
  const program = createProgram(async (json, work) => {
    exitCode = await runVerb(json, work);
  });
  if (argv.length === 0) {
    process.stderr.write(program.helpInformation());
    return 2;
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof Error && "code" in error && PRINTED.has(String(error.code))) {
      return String(error.code) === "commander.help" ? 2 : 0;
    }
    return printFailure(error, argv.includes("--json"));
  }
  return exitCode;
}

async function runVerb(json: boolean, work: (note: Note) => Promise<Outcome>): Promise<ExitCode> {
  try {
    const outcome = await work((line) => process.stderr.write(`${line}\n`));
    const text = json ? JSON.stringify(outcome.data, null, 2) : outcome.text;
    if (text !== "") process.stdout.write(`${text}\n`);
    return outcome.exitCode ?? 0;
  } catch (error) {
    return printFailure(error, json);
  }
}

function printFailure(error: unknown, json: boolean): ExitCode {
  const failure = failureOf(error, Boolean(process.env.SLIPWAY_DEBUG));
  if (json) {
    process.stdout.write(`${JSON.stringify(failure.document, null, 2)}\n`);
  } else {
    for (const line of failure.lines) process.stderr.write(`slipway: ${line}\n`);
  }
  return failure.exitCode;
}

/** `slipway ... | head` ends quietly; a lost stderr does not stop an update that is under way. */
function ignoreClosedPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
