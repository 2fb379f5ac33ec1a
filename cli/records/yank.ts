import { loadCheckout } from "../../config/index.ts";
import { type DecisionDocument, writeDecision } from "../../registry/index.ts";
import { formatProblem, type Problem, SlipwayError, schemaProblems } from "../../schemas/index.ts";
import { findRoot } from "../root.ts";
import type { Note, Outcome } from "../types.ts";
import { openRegistry, recordNamed } from "./release.ts";

export interface YankOptions {
  cwd?: string;
  /** `<component>@<version>` */
  release: string;
  /** One line. */
  reason: string;
  /** Who decides; git's user.name unless given. */
  by?: string;
  note: Note;
}

/** The document of `slipway records yank`. */
export interface YankDocument extends Omit<DecisionDocument, "schema_version"> {
  /** Relative to the root. */
  file: string;
  /** `unchanged`: it was yanked before, and the first reason stays. */
  outcome: "written" | "unchanged";
  /** What names the release still. */
  named: readonly Problem[];
}

/**
 * Withdraws a release, by a file beside its record. What runs it goes on; `check` reports what names
 * it, and `up` refuses to run it anew.
 *
 * @throws SlipwayError with code `usage`, `unknown-component`, `version-unrecorded`,
 *   `record-not-deployable` for history, or every problem of the catalogue and the records
 */
export async function yank({ cwd, release, reason, by, note }: YankOptions): Promise<Outcome> {
  const root = findRoot(cwd);
  const record = recordNamed(openRegistry(root), release);
  const { component, version } = record;
  if (record.status === "history") {
    throw new SlipwayError({
      code: "record-not-deployable",
      file: record.file,
      message: `found ${component} ${version}, which is history and never runs again, expected a release that could; there is nothing to withdraw`,
    });
  }
  const author = by ?? (await gitUser(root));
  const data: DecisionDocument = {
    schema_version: 1,
    component,
    version,
    decision: "yanked",
    // The day in UTC, as releases have it.
    decided_at: new Date().toISOString().slice(0, 10),
    ...(author !== undefined && { decided_by: author }),
    reason,
  };
  refuseBadWords(data);
  const { outcome, decision } = await writeDecision(root, data);
  const named = (await loadCheckout(root)).yanked.filter(({ message }) =>
    message.startsWith(`found ${component} ${version},`),
  );
  for (const problem of named) note(formatProblem(problem));
  const document: YankDocument = {
    component,
    version,
    decision: "yanked",
    decided_at: decision.decidedAt,
    ...(decision.decidedBy !== undefined && { decided_by: decision.decidedBy }),
    reason: decision.reason,
    file: decision.file,
    outcome,
    named,
  };
  const text =
    outcome === "written"
      ? `yanked ${component} ${version}: ${decision.file}`
      : `${component} ${version} was yanked before, on ${decision.decidedAt}: ${decision.reason}`;
  return { data: document, text };
}

/** Options that no decision can hold; they come from the command line, so they are misuse of it. */
function refuseBadWords(data: DecisionDocument): void {
  const problems = schemaProblems("decision", structuredClone(data));
  if (problems.length === 0) return;
  const flags: Readonly<Record<string, string>> = { reason: "--reason", decided_by: "--by" };
  throw new SlipwayError(
    problems.map(({ path, message }) => ({
      code: "usage" as const,
      message: `${flags[String(path[0])] ?? String(path[0])}: ${message}`,
    })),
  );
}

async function gitUser(root: string): Promise<string | undefined> {
  const { simpleGit } = await import("simple-git");
  try {
    return (await simpleGit(root).getConfig("user.name")).value ?? undefined;
  } catch {
    // No git, or no repository: then nobody is named.
    return undefined;
  }
}
