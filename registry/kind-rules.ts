import type { CatalogueProblem } from "./catalogue.ts";
import type { ComponentDocument } from "./document-types.ts";
import { tagPrefix } from "./tags.ts";
import type { ArtifactKind, AttestationPolicy, Component } from "./types.ts";

/** Settings that one kind alone has. */
const SETTINGS_OF = { chart: "helm_chart", binaries: "binaries", package: "container" } as const;

/** Kinds whose ecosystems read the version themselves, as semver. */
const SEMVER_ONLY: readonly ArtifactKind[] = ["helm_chart", "go_module"];

/** What can be attested: only an image has packages that syft finds, and a Go module is in no registry. */
const IN_REGISTRY: readonly ArtifactKind[] = ["container", "helm_chart", "binaries"];
const ATTESTED: Readonly<Record<keyof AttestationPolicy, readonly ArtifactKind[]>> = {
  sbom: ["container"],
  provenance: IN_REGISTRY,
  signature: IN_REGISTRY,
};

/** Rules about what a component says of its artifact kind (D-23). */
export function kindProblems(
  name: string,
  component: ComponentDocument,
  components: Readonly<Record<string, ComponentDocument>>,
): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  const { kind } = component;
  const rule = (path: string[], message: string) =>
    problems.push({ code: "catalogue-rule", path: ["components", name, ...path], message });
  if (SEMVER_ONLY.includes(kind) && component.scheme !== "semver") {
    rule(
      ["scheme"],
      `found ${component.scheme} of a ${kind}, expected semver: its clients read the version and refuse a month's leading zero; change the scheme`,
    );
  }
  for (const setting of ["chart", "binaries", "package"] as const) {
    if (component[setting] === undefined || kind === SETTINGS_OF[setting]) continue;
    rule(
      [setting],
      `found ${setting} of a ${kind}, expected it of a ${SETTINGS_OF[setting]} only; remove it or change the kind`,
    );
  }
  for (const name of ["sbom", "provenance", "signature"] as const) {
    if (!component.attestations[name] || ATTESTED[name].includes(kind)) continue;
    rule(
      ["attestations", name],
      `found ${name} of a ${kind}, expected it of ${ATTESTED[name].join(", ")} only; remove it`,
    );
  }
  if (component.package !== undefined && kind === "container") {
    for (const name of ["sbom", "provenance"] as const) {
      if (component.attestations[name]) continue;
      rule(
        ["package"],
        `found a package without ${name}, expected attestations: { sbom: true, provenance: true }: a capsule holds both; add it`,
      );
    }
  }
  if (kind === "binaries" && component.binaries === undefined) {
    rule(
      [],
      "found binaries without their folder, expected binaries: { folder: <folder> }; add it",
    );
  }
  const runs = component.chart?.app_version_of;
  if (runs !== undefined && !Object.hasOwn(components, runs)) {
    problems.push({
      code: "unknown-component",
      path: ["components", name, "chart", "app_version_of"],
      message: `found the component "${runs}", expected one of ${Object.keys(components).join(", ")}; add it under components`,
    });
  }
  return problems;
}

/** Two components of one repository cannot share the names of their tags. */
export function tagProblems(components: ReadonlyMap<string, Component>): CatalogueProblem[] {
  const problems: CatalogueProblem[] = [];
  const owners = new Map<string, string>();
  for (const component of components.values()) {
    const prefix = tagPrefix(component);
    const key = `${component.repository.key} ${prefix}`;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, component.name);
    else {
      problems.push({
        code: "catalogue-rule",
        path: ["components", component.name, "path"],
        message: `found tags ${prefix}<version>, which ${owner} has in the repository ${component.repository.key} already, expected tags of its own; choose another folder`,
      });
    }
  }
  return problems;
}
