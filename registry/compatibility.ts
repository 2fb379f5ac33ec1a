import type { Document, Report } from "../schemas/index.ts";
import type { CompatibilityDocument } from "./document-types.ts";
import type { LoadedRecords } from "./records.ts";
import type { Catalogue, CompatibilityMatrix } from "./types.ts";
import { rangeProblem, satisfiesRange } from "./versions.ts";

/** Path of the compatibility matrix in a checkout. */
export const COMPATIBILITY_FILE = "releases/compatibility.yaml";

/** The matrix as plain values; ranges that name nothing known, or nothing at all, are reported (D-26). */
export function compatibilityFrom(
  data: CompatibilityDocument,
  document: Document,
  catalogue: Catalogue,
  loaded: LoadedRecords,
  report: Report,
): CompatibilityMatrix {
  const rows = data.supported.map((row, index) => {
    for (const [name, range] of Object.entries(row)) {
      const problem = rangeIssue(name, range, catalogue, loaded);
      if (problem !== undefined) report({ ...document.at(["supported", index, name]), ...problem });
    }
    return { line: document.lineOf(["supported", index]), ranges: new Map(Object.entries(row)) };
  });
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
