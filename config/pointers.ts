import { type ReleaseRecord, type ReleaseRegistry, recordFile } from "../registry/index.ts";
import type { ProblemCode } from "../schemas/index.ts";
import type { Environment, Solution } from "./types.ts";

/** The record of a version; undefined when there is none. */
export function recordOf(
  registry: ReleaseRegistry,
  component: string,
  version: string,
): ReleaseRecord | undefined {
  return registry.records.get(component)?.find((record) => record.version === version);
}

/** Why a version of a component can't be pointed at; undefined when it can. */
export function pointerProblem(
  registry: ReleaseRegistry,
  component: string,
  version: string,
): { code: ProblemCode; message: string } | undefined {
  if (!registry.catalogue.components.has(component)) {
    return {
      code: "unknown-component",
      message: `found the component "${component}", expected one of ${[...registry.catalogue.components.keys()].join(", ")}; correct it or add it to releases/catalogue.yaml`,
    };
  }
  const record = recordOf(registry, component, version);
  if (record === undefined && registry.unusable.has(recordFile(component, version))) {
    return undefined;
  }
  if (record === undefined) {
    return {
      code: "version-unrecorded",
      message: `found ${component} ${version}, which has no record, expected ${recordFile(component, version)}; run: slipway release ${component}@${version}`,
    };
  }
  if (record.status === "history") {
    return {
      code: "record-not-deployable",
      message: `found ${component} ${version}, which is history (target ${record.target}, ${record.file}), expected a release that can run; point at a newer version`,
    };
  }
  return undefined;
}

/**
 * The version that an environment points a component at: for a solution its own override before its
 * ring's, then `versions`; for shared apps `versions` alone (S-5).
 */
export function pointedVersion(
  environment: Environment,
  component: string,
  solution?: Pick<Solution, "id" | "ring">,
): string | undefined {
  const override = (matches: (scope: { ring: string } | { solution: string }) => boolean) =>
    environment.overrides.find(({ scope, versions }) => matches(scope) && versions.has(component));
  const narrowest =
    solution &&
    (override((scope) => "solution" in scope && scope.solution === solution.id) ??
      override((scope) => "ring" in scope && scope.ring === solution.ring));
  return (narrowest ?? environment).versions.get(component);
}

/** Every version of a component that an environment names anywhere. */
export function versionsNamed(environment: Environment, component: string): string[] {
  return [environment, ...environment.overrides].flatMap(
    ({ versions }) => versions.get(component) ?? [],
  );
}
