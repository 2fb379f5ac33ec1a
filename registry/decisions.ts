import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Problem,
  type Report,
  readDocument,
  SlipwayError,
  validateDocument,
} from "../schemas/index.ts";
import { canonicalYaml } from "./canonical.ts";
import type { DecisionDocument } from "./document-types.ts";
import type { WriteOutcome } from "./finish.ts";
import type { ReleaseDecision } from "./types.ts";

/** Names of the files that may stand beside a record, one per decision (S-7). */
export const DECISION_FILES: readonly string[] = ["yanked.yaml"];

/** Path of a decision, relative to the root of the checkout. */
export function decisionFile(
  component: string,
  version: string,
  decision: DecisionDocument["decision"],
): string {
  return `releases/${component}/v${version}/${decision}.yaml`;
}

/**
 * Reads the decision that a release was yanked.
 *
 * @param folder `releases/<component>/v<version>`
 * @returns undefined when it cannot be used, which is reported
 */
export function loadYanked(
  root: string,
  folder: string,
  report: Report,
): ReleaseDecision | undefined {
  const file = `${folder}/yanked.yaml`;
  const document = readDocument(root, file, report);
  const data = document && validateDocument<DecisionDocument>("decision", document, report);
  if (document === undefined || data === undefined) return undefined;
  const [, component = "", version = ""] = folder.split("/");
  const places = [
    ["component", data.component, component],
    ["version", data.version, version.replace(/^v/, "")],
  ] as const;
  const misplaced = places.filter(([, found, expected]) => found !== expected);
  for (const [key, found, expected] of misplaced) {
    report({
      ...document.at([key]),
      code: "record-misplaced",
      message: `found the ${key} "${found}" in ${folder}, expected "${expected}"; correct it or move the file`,
    });
  }
  return misplaced.length === 0 ? decisionFrom(file, data) : undefined;
}

/**
 * Writes a decision, whole or not at all. One that is there already stays: of two people who decide
 * the same, the first one's reason counts.
 *
 * @returns the decision that stands now
 * @throws SlipwayError with every problem of the decision, or of the one that is there
 */
export async function writeDecision(
  root: string,
  data: DecisionDocument,
): Promise<{ outcome: WriteOutcome; decision: ReleaseDecision }> {
  const file = decisionFile(data.component, data.version, data.decision);
  // Loaded here: whoever only reads the registry does not need them.
  const [{ withFileLock }, { default: writeFileAtomic }] = await Promise.all([
    import("./file-lock.ts"),
    import("write-file-atomic"),
  ]);
  return withFileLock(join(root, dirname(file), ".release.lock"), async () => {
    if (existsSync(join(root, file))) {
      const problems: Problem[] = [];
      const decision = loadYanked(root, dirname(file), (problem) => problems.push(problem));
      if (decision === undefined) throw new SlipwayError(problems);
      return { outcome: "unchanged", decision };
    }
    await writeFileAtomic(join(root, file), decisionBytes(data));
    return { outcome: "written", decision: decisionFrom(file, data) };
  });
}

function decisionBytes(data: DecisionDocument): string {
  const { component, version, decision, decided_at, decided_by, reason } = data;
  return canonicalYaml({
    schema_version: 1,
    component,
    version,
    decision,
    decided_at,
    ...(decided_by !== undefined && { decided_by }),
    reason,
  });
}

function decisionFrom(file: string, data: DecisionDocument): ReleaseDecision {
  const { decided_at: decidedAt, decided_by: decidedBy, reason } = data;
  return { file, decidedAt, ...(decidedBy !== undefined && { decidedBy }), reason };
}
