import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { platformFile, type ReleaseRegistry } from "../registry/index.ts";
import {
  type Document,
  type DocumentPath,
  type Problem,
  type Report,
  readDocument,
  validateDocument,
} from "../schemas/index.ts";
import type { EnvironmentDocument } from "./document-types.ts";
import { pointerProblem } from "./pointers.ts";
import type { Environment, Solution } from "./types.ts";

const FOLDER = "environments";

/** What an environment's pointers are held against. */
export interface EnvironmentContext {
  registry: ReleaseRegistry;
  /** Undefined when the list could not be read. */
  solutions: readonly Solution[] | undefined;
}

/**
 * Reads `environments/<environment>.yaml` and checks every pointer against the records (S-5).
 *
 * @returns whether all files could be read, too
 */
export function loadEnvironments(
  root: string,
  context: EnvironmentContext,
  report: Report,
): { environments: Map<string, Environment>; complete: boolean } {
  const environments = new Map<string, Environment>();
  let complete = true;
  if (!statSync(join(root, FOLDER), { throwIfNoEntry: false })?.isDirectory()) {
    return { environments, complete };
  }
  for (const name of readdirSync(join(root, FOLDER)).sort()) {
    if (!/\.ya?ml$/.test(name)) continue;
    const environment = loadEnvironment(root, `${FOLDER}/${name}`, context, report);
    const other = environment && environments.get(environment.name);
    if (environment === undefined) complete = false;
    else if (other === undefined) environments.set(environment.name, environment);
    else report(secondFile(environment, other));
  }
  return { environments, complete };
}

/** Both endings are read, and one of two files would be silent. */
function secondFile({ name, file }: Environment, other: Environment): Problem {
  return {
    code: "environment-rule",
    file,
    message: `found a second file of the environment "${name}", which ${other.file} is already, expected one; remove one of the two`,
  };
}

function loadEnvironment(
  root: string,
  file: string,
  context: EnvironmentContext,
  report: Report,
): Environment | undefined {
  const document = readDocument(root, file, report);
  const data = document && validateDocument<EnvironmentDocument>("environment", document, report);
  if (document === undefined || data === undefined) return undefined;
  const { at } = document;
  const name = basename(file).replace(/\.ya?ml$/, "");
  if (name !== data.environment) {
    report({
      ...at(["environment"]),
      code: "environment-rule",
      message: `found the environment "${data.environment}" in ${basename(file)}, expected "${name}" as the file is called; correct it or rename the file`,
    });
  }
  const { registry } = context;
  const platform = platformOf(data, registry, root, at, report);
  reportPointers(data, registry, at, report);
  // A manifest that cannot be used is one problem, not one more for each component.
  if (platform !== undefined || data.platform === undefined) {
    reportMissing(data, platform, registry, at, report);
  }
  reportOverrides(name, data, context.solutions, at, report);
  return environmentFrom(name, file, data, platform, document);
}

/** What the environment has from the platform manifest that it names; undefined without a usable one. */
function platformOf(
  data: EnvironmentDocument,
  registry: ReleaseRegistry,
  root: string,
  at: Document["at"],
  report: Report,
): ReadonlyMap<string, string> | undefined {
  if (data.platform === undefined) return undefined;
  const manifest = registry.platforms.find(({ version }) => version === data.platform);
  const file = platformFile(data.platform);
  if (manifest === undefined) {
    // One that is there has problems of its own.
    if (!existsSync(join(root, file))) {
      report({
        ...at(["platform"]),
        code: "version-unrecorded",
        message: `found the platform "${data.platform}", which has no manifest, expected ${file}; run: slipway release platform@${data.platform}`,
      });
    }
    return undefined;
  }
  const taken = [...manifest.components].filter(
    ([component]) => !Object.hasOwn(data.versions, component),
  );
  for (const [component, version] of taken) {
    const problem = pointerProblem(registry, component, version);
    // That there is no such component or record is a problem of the manifest.
    if (problem?.code === "record-not-deployable") report({ ...at(["platform"]), ...problem });
  }
  return new Map(taken);
}

function reportPointers(
  data: EnvironmentDocument,
  registry: ReleaseRegistry,
  at: Document["at"],
  report: Report,
): void {
  const maps: [DocumentPath, Record<string, string>][] = [
    [["versions"], data.versions],
    ...data.overrides.map(({ versions }, index): [DocumentPath, Record<string, string>] => [
      ["overrides", index, "versions"],
      versions,
    ]),
  ];
  for (const [path, versions] of maps) {
    for (const [component, version] of Object.entries(versions)) {
      const problem = pointerProblem(registry, component, version);
      if (problem !== undefined) report({ ...at([...path, component]), ...problem });
    }
  }
}

function reportMissing(
  data: EnvironmentDocument,
  platform: ReadonlyMap<string, string> | undefined,
  registry: ReleaseRegistry,
  at: Document["at"],
  report: Report,
): void {
  const needed = new Map(
    [...registry.catalogue.apps.values()].map((app) => [app.component.name, app]),
  );
  for (const [component, app] of needed) {
    if (Object.hasOwn(data.versions, component) || platform?.has(component) === true) continue;
    report({
      ...at(["versions"]),
      code: "environment-rule",
      message: `found no version of ${component}, expected one: the app ${app.name} runs it; add a line`,
    });
  }
}

function reportOverrides(
  name: string,
  data: EnvironmentDocument,
  solutions: readonly Solution[] | undefined,
  at: Document["at"],
  report: Report,
): void {
  const seen = new Map<string, number>();
  for (const [index, { ring, solution, versions }] of data.overrides.entries()) {
    const path = ["overrides", index];
    if (
      solution !== undefined &&
      solutions?.some(({ id, environment }) => id === solution && environment === name) === false
    ) {
      report({
        ...at([...path, "solution"]),
        code: "unknown-solution",
        message: `found the solution "${solution}", expected one of ${name} in solutions.yaml; correct or remove the override`,
      });
    }
    if (ring !== undefined && solutions?.some((one) => one.ring === ring) === false) {
      const rings = [...new Set(solutions.map((one) => one.ring))].sort();
      report({
        ...at([...path, "ring"]),
        code: "environment-rule",
        message: `found the ring "${ring}", expected one that a solution is in (${rings.join(", ") || "there is none"}); correct or remove the override`,
      });
    }
    for (const component of Object.keys(versions)) {
      const key = JSON.stringify([ring, solution, component]);
      const other = seen.get(key);
      seen.set(key, index);
      if (other === undefined) continue;
      report({
        ...at([...path, "versions", component]),
        code: "environment-rule",
        message: `found a second version of ${component} for ${ring === undefined ? `the solution ${solution}` : `the ring ${ring}`}, which overrides[${other}] has already, expected one; remove one of the two`,
      });
    }
  }
}

function environmentFrom(
  name: string,
  file: string,
  data: EnvironmentDocument,
  platform: ReadonlyMap<string, string> | undefined,
  document: Document,
): Environment {
  return {
    name,
    file,
    versions: new Map([...(platform ?? []), ...Object.entries(data.versions)]),
    ...(platform !== undefined &&
      data.platform !== undefined && {
        platform: { version: data.platform, components: new Set(platform.keys()) },
      }),
    overrides: data.overrides.map(({ ring, solution = "", versions }, index) => ({
      scope: ring === undefined ? { solution } : { ring },
      versions: new Map(Object.entries(versions)),
      line: document.lineOf(["overrides", index]),
    })),
  };
}
