import type { CheckFailure, DiffResult } from "@pulumi/pulumi/provider/provider.js";

/** Properties as the engine sends them. */
export type Properties = Readonly<Record<string, unknown>>;

/** What one input must look like. */
export interface PropertyRule {
  pattern: RegExp;
  /** In words, for the message. */
  expected: string;
  optional?: boolean;
}

export interface RegistryName {
  subscriptionId: string;
  resourceGroup: string;
  registryName: string;
  /** `<name>.azurecr.io` */
  loginServer: string;
}

const REGISTRY_ID =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerRegistry\/registries\/([A-Za-z0-9]{5,50})$/i;
/** How the engine writes a string that is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Inputs that say which release an image is, the same for every resource of this plugin. */
export const RELEASE_RULES: Readonly<Record<string, PropertyRule>> = {
  registryId: { pattern: REGISTRY_ID, expected: "the ARM id of a container registry" },
  component: { pattern: /^[a-z0-9][a-z0-9-]*$/, expected: "a component's name" },
  version: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, expected: "a version that is a tag" },
  commit: { pattern: /^[0-9a-f]{40}$/, expected: "40 lowercase hex digits" },
  image: { pattern: /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/, expected: "a repository's name" },
  expectedDigest: { pattern: DIGEST, expected: "sha256:<64 hex digits>", optional: true },
};
export const DIGEST_RULE: PropertyRule = { pattern: DIGEST, expected: "sha256:<64 hex digits>" };

/** Everything that is wrong with text inputs; what is not known yet is taken as right. */
export function checkProperties(
  inputs: Properties,
  rules: Readonly<Record<string, PropertyRule>>,
): CheckFailure[] {
  const failures: CheckFailure[] = [];
  for (const [property, { pattern, expected, optional }] of Object.entries(rules)) {
    const value = inputs[property];
    if (isUnknown(value) || (value === undefined && optional === true)) continue;
    if (typeof value !== "string" || !pattern.test(value)) {
      failures.push({ property, reason: `expected ${expected}, got ${JSON.stringify(value)}` });
    }
  }
  for (const property of Object.keys(inputs)) {
    if (!(property in rules)) failures.push({ property, reason: "there is no such input" });
  }
  return failures;
}

/** A change of one of `identity` replaces; a change of anything else is no change. */
export function diffProperties(
  state: Properties,
  inputs: Properties,
  identity: readonly string[],
): DiffResult {
  const replaces = identity.filter((name) => canonical(name, state) !== canonical(name, inputs));
  return { changes: replaces.length > 0, replaces };
}

/** @param id of a registry, checked */
export function parseRegistryId(id: string): RegistryName {
  const [, subscriptionId = "", resourceGroup = "", registryName = ""] = REGISTRY_ID.exec(id) ?? [];
  const loginServer = `${registryName.toLowerCase()}.azurecr.io`;
  return { subscriptionId, resourceGroup, registryName, loginServer };
}

export function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

/** ARM ids are the same in any case. */
function canonical(name: string, properties: Properties): unknown {
  const value = properties[name];
  return name === "registryId" && typeof value === "string" ? value.toLowerCase() : value;
}
