/** What every verb shares: how it is asked, and what it hands to the entry to print. */
import type { Command } from "commander";

/** 0 done; 1 a problem in files, state or world; 2 usage; 3 a gate or policy refused; 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** What a verb returns: one document for `--json`, the same as text for people. */
export interface Outcome {
  data: unknown;
  /** Without the last line break; empty prints nothing. */
  text: string;
  /** 0 unless given. */
  exitCode?: ExitCode;
}

/** Options that verbs take from the command line, as commander hands them over. */
export interface CommonOptions {
  cwd?: string;
  json?: boolean;
}

/** One line of progress or prose, for stderr. */
export type Note = (line: string) => void;

/** Runs a verb's work, prints its outcome, and turns what it throws into a document and an exit code. */
export type RunVerb = (json: boolean, work: (note: Note) => Promise<Outcome>) => Promise<void>;

/** Adds one verb to the program. Loads nothing that the verb needs to run. */
export type DeclareVerb = (program: Command, run: RunVerb) => void;
