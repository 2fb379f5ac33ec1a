import type { Document, Report } from "../schemas/index.ts";
import { rowProblems } from "./coherence.ts";
import type { CompatibilityDocument } from "./document-types.ts";
import type { LoadedRecords } from "./records.ts";
import type { Catalogue, CompatibilityMatrix, CompatibilityRow } from "./types.ts";
import { rangeProblem, satisfiesRange } from "./versions.ts";

/** Path of the compatibility matrix in a checkout. */
export const COMPATIBILITY_FILE = "releases/compatibility.yaml";

/**
 * The matrix as plain values. Reported are ranges that name nothing known or nothing at all, and rows
 * that do not fit together (D-26).
 */
export function compatibilityFrom(
  data: CompatibilityDocument,
  document: Document,
  catalogue: Catalogue,
  loaded: LoadedRecords,
  report: Report,
): CompatibilityMatrix {
  const sound: CompatibilityRow[] = [];
  const rows = data.supported.map((row, index) => {
    const made: CompatibilityRow = {
      line: document.lineOf(["supported", index]),
      ranges: new Map(Object.entries(row)),
    };
    const issues = [...made.ranges].flatMap(([name, range]) => {
      const issue = rangeIssue(name, range, catalogue, loaded);
      return issue === undefined ? [] : [{ ...document.at(["supported", index, name]), ...issue }];
    });
    issues.forEach(report);
    if (issues.length === 0) sound.push(made);
    return made;
  });
  for (const { row, message } of rowProblems(sound, catalogue, loaded)) {
    const path = ["supported", rows.indexOf(row)];
    report({ ...document.at(path), code: "compatibility", message });
  }
  return { rows };
}

function rangeIssue(
  name: string,
  range: string,
  catalogue: Catalogue,
  loaded: LoadedRecords,
): { code: "unknown-component" | "compatibility"; message: string } | undefined {
  const component = catalogue.components.get(name);
  if (component === undefined) {
    return {
      code: "unknown-component",
      message: `found the component "${name}", expected one of ${[...catalogue.components.keys()].join(", ")}; correct it`,
    };
  }
  const problem = rangeProblem(component.scheme, range);
  if (problem !== undefined) {
    return { code: "compatibility", message: `found "${range}", which ${problem}; correct it` };
  }
  const released = loaded.records.get(name) ?? [];
  if (released.some(({ version }) => satisfiesRange(component.scheme, version, range))) {
    return undefined;
  }
  if ([...loaded.unusable].some((file) => file.startsWith(`releases/${name}/`))) return undefined;
  return {
    code: "compatibility",
    message: `found "${range}", in which no recorded release of ${name} is, expected at least one of ${released.map(({ version }) => version).join(", ") || "its releases"}; widen or remove it`,
  };
}
