import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Problem, parseText, schemaProblems } from "../schemas/index.ts";
import type { SolutionsDocument } from "./document-types.ts";
import { cellOf } from "./placement.ts";
import { SOLUTIONS_FILE } from "./solutions.ts";
import { parseStackConfig, stackFile } from "./stack-config.ts";
import type { Solution, SolutionState } from "./types.ts";

/** What of a committed entry may not change, or must hold before it may go. */
export interface CommittedSolution {
  id: string;
  environment: string;
  state: SolutionState;
  /** By the entry or by the stack configs of the same commit. */
  cell?: string;
}

/**
 * The solution list of the commit that is checked out, each entry with the cell that it had there.
 *
 * @param stacks names of the stacks whose files are in the folder now
 * @returns undefined where there is nothing to compare with: no repository, no commit, no list in it,
 *   or the very files that are in the folder
 */
export async function committedSolutions(
  root: string,
  project: string,
  stacks: readonly string[],
): Promise<CommittedSolution[] | undefined> {
  const files = [SOLUTIONS_FILE, ...stacks.map(stackFile)];
  const [list, ...configs] = await committedTexts(root, files);
  if (list === undefined) return undefined;
  if ([list, ...configs].every((text, index) => text === presentText(root, files[index]))) {
    return undefined;
  }
  const committed = stacks.flatMap(
    (stack, index) => parseStackConfig({ project, stack }, configs[index] ?? "", () => {}) ?? [],
  );
  const document = parseText(SOLUTIONS_FILE, list, () => {});
  if (document === undefined || schemaProblems("solutions", document.data).length > 0) {
    return undefined;
  }
  const data = document.data as unknown as SolutionsDocument;
  return data.solutions.map((entry) => {
    const environment = entry.environment ?? data.defaults.environment ?? "";
    const cell = cellOf(
      entry,
      committed.filter((stack) => stack.environment === environment),
    );
    return { id: entry.id, environment, state: entry.state, ...(cell !== undefined && { cell }) };
  });
}

/**
 * Committed entries whose environment or cell is another now (S-6).
 *
 * @param cell the cell that a solution has now
 */
export function movedSolutions(
  committed: readonly CommittedSolution[],
  solutions: readonly Solution[],
  cell: (solution: Solution) => string | undefined,
): Problem[] {
  const before = new Map(committed.map((entry) => [entry.id, entry]));
  return solutions.flatMap((is, index) => {
    const was = before.get(is.id);
    if (was === undefined) return [];
    const changes: [string, string | undefined, string | undefined][] = [
      ["environment", was.environment, is.environment],
      ["cell", was.cell, cell(is)],
    ];
    return changes
      .filter(([, from, to]) => from !== undefined && to !== undefined && from !== to)
      .map(([key, from, to]) => ({
        code: "solution-moved" as const,
        file: SOLUTIONS_FILE,
        line: is.line,
        path: `solutions[${index}].${key}`,
        message: `found the ${key} ${to} for ${is.id}, expected ${from} as committed: a move would replace its apps and leave its data behind; put it back, or add a new solution`,
      }));
  });
}

/** Committed entries whose data is given up before their apps were taken away (D-29). */
export function skippedStates(
  committed: readonly CommittedSolution[],
  solutions: readonly Solution[],
): Problem[] {
  const active = new Set(committed.filter(({ state }) => state === "active").map(({ id }) => id));
  return solutions.flatMap(({ id, state, line }, index) =>
    state === "deletable" && active.has(id)
      ? {
          code: "solution-state" as const,
          file: SOLUTIONS_FILE,
          line,
          path: `solutions[${index}].state`,
          message: `found ${id} deletable, which was committed as active, expected retired first: its apps may still write; set it to retired, run slipway up and commit, then run: slipway solutions delete-data ${id}`,
        }
      : [],
  );
}

/** Committed entries that are gone before their data was given up (D-29). */
export function removedSolutions(
  committed: readonly CommittedSolution[],
  solutions: readonly Solution[],
): Problem[] {
  const ids = new Set(solutions.map(({ id }) => id));
  return committed
    .filter(({ id, state }) => !ids.has(id) && state !== "deletable")
    .map(({ id, state }) => ({
      code: "solution-removed" as const,
      file: SOLUTIONS_FILE,
      message: `found no entry of ${id}, which was committed as ${state}, expected state deletable first; put it back, then run: ${state === "active" ? `slipway solutions retire ${id}; slipway up; commit; ` : ""}slipway solutions delete-data ${id}; slipway up; and commit before you remove it`,
    }));
}

function presentText(root: string, file = ""): string | undefined {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

async function committedTexts(
  root: string,
  files: readonly string[],
): Promise<(string | undefined)[]> {
  const { simpleGit } = await import("simple-git");
  return Promise.all(
    files.map(async (file) => {
      try {
        return await simpleGit(root).show([`HEAD:./${file}`]);
      } catch {
        // No git, no repository, no commit, no such file: without history there is nothing to break.
        return undefined;
      }
    }),
  );
}
