import type { ReleaseDocument } from "./index.ts";

export function printRelease(document: ReleaseDocument): string {
  const { component, version, commit, digest, record, built, steps } = document;
  const id = `${component}@${version}`;
  if (steps !== undefined) {
    const lines = steps.map(
      ({ name, what, done }) => `  ${done ? "done " : "to do"}  ${name}: ${what}`,
    );
    return [`${id} at ${commit}`, ...lines].join("\n");
  }
  return [
    `${id} is released at ${commit}${built ? "" : ", built before"}`,
    ...(digest === null ? [] : [`digest ${digest}`]),
    `record ${record}`,
  ].join("\n");
}
