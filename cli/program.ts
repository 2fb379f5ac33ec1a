import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { declareCapsule } from "./capsule/command.ts";
import { declareCheck } from "./check/command.ts";
import { declareMatrix } from "./matrix/command.ts";
import { declareNames } from "./names/command.ts";
import { declareNext } from "./next/command.ts";
import { declarePlan } from "./plan/command.ts";
import { declareRecords } from "./records/command.ts";
import { declareRelease } from "./release/command.ts";
import { declareSandbox } from "./sandbox/command.ts";
import { declareSolutions } from "./solutions/command.ts";
import type { DeclareVerb, RunVerb } from "./types.ts";
import { declareUp } from "./up/command.ts";

const VERBS: readonly DeclareVerb[] = [
  declareCheck,
  declarePlan,
  declareUp,
  declareNext,
  declareRelease,
  declareRecords,
  declareCapsule,
  declareMatrix,
  declareSolutions,
  declareNames,
  declareSandbox,
];

/** The command line: every verb's options and help, and none of their work. */
export function createProgram(run: RunVerb): Command {
  const program = new Command("slipway")
    .description("Releases and convergence for fleets of Azure Container Apps")
    .version(packageJson.version)
    .helpCommand(false)
    .exitOverride()
    // The entry prints usage errors, as text or as a document.
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 a problem in files, state or world, 2 usage, 3 refused by a gate.",
    );
  for (const declare of VERBS) declare(program, run);
  return program;
}
