import type { PlatformRelease } from "../../releasing/platform.ts";
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

export function printPlatform(document: PlatformRelease) {
  const { platform, file, components, without, pending, outcome } = document;
  const did = { written: "is released", unchanged: "was released before", planned: "would be" };
  return [
    `platform@${platform} ${did[outcome]}: ${file}`,
    ...Object.entries(components).map(
      ([component, version]) =>
        `  ${component} ${version}${pending.includes(component) ? " (pending)" : ""}`,
    ),
    ...(pending.length === 0
      ? []
      : [
          `not built yet: ${pending.map((component) => `${component}@${components[component]}`).join(", ")}; build with: slipway release <component>@<version>, or slipway up`,
        ]),
    ...(without.length === 0 ? [] : [`without a release: ${without.join(", ")}`]),
  ].join("\n");
}
