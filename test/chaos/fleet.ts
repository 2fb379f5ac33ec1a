/** A fleet small enough to be converged many times, and the edits that give it something to do. */
import type { TempCheckout } from "../fixtures/checkout.ts";

/** The releases that the small fleet starts with, one build each. */
const POINTERS = {
  "aurora-webapp": "3.0.0",
  "orbit-webapp": "1.4.0",
  "maxq-orbit-agent": "0.9.0",
  "maxq-orbit-agent-webapp": "0.6.0",
  "registry-service": "2026.06.1",
} as const;

export type Component = keyof typeof POINTERS;

const SOLUTIONS = `schema_version: 1
defaults:
  environment: dev
  ring: general

solutions:
  - id: acme
    name: Acme Corporation
    cell: a
    customer_repository: https://git.example.com/customers/acme.git
`;

const ENVIRONMENT = `schema_version: 1
environment: dev
versions:
${Object.entries(POINTERS)
  .map(([component, version]) => `  ${component}: ${version}\n`)
  .join("")}`;

const COMPATIBILITY = `schema_version: 1
supported:
  - orbit-webapp: "^1.4.0"
    maxq-orbit-agent: ">=0.9.0 <1.0.0"
`;

/** One solution in one cell, and one container record per component. */
export function reduceFleet(checkout: TempCheckout): void {
  for (const file of Object.keys(checkout.tree())) {
    const [, component = "", version] =
      /^releases\/([^/]+)\/v([^/]+)\/release\.yaml$/.exec(file) ?? [];
    const isKept = version === undefined || POINTERS[component as Component] === version;
    if (!isKept) checkout.remove(file);
  }
  checkout.remove("releases/platform");
  checkout.write("solutions.yaml", SOLUTIONS);
  checkout.write("releases/compatibility.yaml", COMPATIBILITY);
  checkout.write("environments/dev.yaml", ENVIRONMENT);
  checkout.edit("Pulumi.dev.yaml", "    - name: b\n", "");
}

/** A cell: resource group, account, identity, role assignment, workspace, managed environment. */
export function addCell(checkout: TempCheckout, name: string): void {
  checkout.edit("Pulumi.dev.yaml", "    - name: a\n", `    - name: a\n    - name: ${name}\n`);
}

/** Three apps, two shares, three storages. */
export function addSolution(checkout: TempCheckout, id: string, cell: string): void {
  checkout.append("solutions.yaml", `  - id: ${id}\n    name: Solution ${id}\n    cell: ${cell}\n`);
}

/** Puts a record back that `reduceFleet` took out: a build. */
export function addRecord(
  checkout: TempCheckout,
  original: (file: string) => string,
  component: Component,
  version: string,
): void {
  const file = `releases/${component}/v${version}/release.yaml`;
  checkout.write(file, original(file));
}

/** Points the environment at another version: an update of every app that runs the component. */
export function bump(checkout: TempCheckout, component: Component, version: string): void {
  const file = "environments/dev.yaml";
  const line = new RegExp(`^  ${component}: .*$`, "m");
  checkout.write(file, checkout.read(file).replace(line, `  ${component}: ${version}`));
}
