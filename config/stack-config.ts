import { sharedNames } from "../naming/index.ts";
import {
  type Document,
  type DocumentPath,
  formatPath,
  type Problem,
  parseText,
  type Report,
  readDocument,
  SlipwayError,
  schemaProblems,
} from "../schemas/index.ts";
import type { CellDocument, StackConfigDocument, StackDocument } from "./document-types.ts";
import { stackRuleProblems } from "./stack-rules.ts";
import type { CellConfig, RegistryChoice, StackConfig } from "./types.ts";

/** Whose config it is. */
export interface StackIdentity {
  /** Name in Pulumi.yaml. */
  project: string;
  stack: string;
}

/** Config keys whose values the engine hands over in clear. */
const SECRET = "slipway:customer_repository_token";
const SECRET_MAPS = ["slipway:source_tokens", "slipway:customer_repository_tokens"];

/** What stands for a secret's text, so that none can get into a message. */
const HIDDEN = { secure: "" };

/** Path of a stack's file, relative to the root of the checkout. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/**
 * Reads and checks `Pulumi.<stack>.yaml`.
 *
 * @returns undefined when something was reported
 */
export function loadStackConfig(
  root: string,
  identity: StackIdentity,
  report: Report,
): StackConfig | undefined {
  const document = readDocument(root, stackFile(identity.stack), report);
  return document && fromDocument(identity, document, report);
}

/** As `loadStackConfig`, for a text that stands somewhere else, such as in a commit. */
export function parseStackConfig(
  identity: StackIdentity,
  text: string,
  report: Report,
): StackConfig | undefined {
  const document = parseText(stackFile(identity.stack), text, report);
  return document && fromDocument(identity, document, report);
}

/**
 * A stack's config from the engine's values, all of it or none.
 *
 * @param values by full key (`slipway:cells`), as `pulumi.runtime.allConfig()` has them: text, JSON
 *   for anything else. Secrets are not kept; only which of them are set.
 * @throws SlipwayError with every problem
 */
export function stackConfigFrom(
  values: Readonly<Record<string, unknown>>,
  identity: StackIdentity,
): StackConfig {
  const problems: Problem[] = [];
  const config = structured(values);
  if (Object.hasOwn(config, SECRET)) config[SECRET] = HIDDEN;
  for (const key of SECRET_MAPS) {
    if (isMap(config[key])) config[key] = withoutSecrets(config[key]);
  }
  const result = checked(identity, { config }, (problem) =>
    problems.push({ ...problem, file: stackFile(identity.stack) }),
  );
  if (result === undefined) throw new SlipwayError(problems);
  return result;
}

function fromDocument(
  identity: StackIdentity,
  { file, data, lineOf }: Document,
  report: Report,
): StackConfig | undefined {
  const { config } = data;
  const values = isMap(config) ? { ...data, config: structured(config) } : data;
  return checked(identity, values, (problem, about) =>
    report({ ...problem, file, line: lineOf(about) }),
  );
}

function checked(
  identity: StackIdentity,
  data: Record<string, unknown>,
  report: (problem: Problem, about: DocumentPath) => void,
): StackConfig | undefined {
  const shape = schemaProblems("stack", data);
  if (shape.length > 0) {
    for (const { path, about, ...problem } of shape) {
      report({ ...problem, path: formatPath(path) }, about);
    }
    return undefined;
  }
  const { config } = data as unknown as StackDocument;
  const rules = stackRuleProblems(config);
  for (const { path, ...problem } of rules) report({ ...problem, path: formatPath(path) }, path);
  return rules.length === 0 ? configFrom(identity, config) : undefined;
}

/** `pulumi config set` writes text, and structure as JSON in text; both forms are the same to us. */
function structured(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      key.startsWith("slipway:") && typeof value === "string" ? fromText(value) : value,
    ]),
  );
}

function fromText(text: string): unknown {
  if (!/^\s*(?:[[{]|true\s*$|false\s*$|[0-9]+\s*$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withoutSecrets(secrets: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(secrets).map((key) => [key, HIDDEN]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function configFrom(identity: StackIdentity, config: StackConfigDocument): StackConfig {
  const builder = config["slipway:builder"];
  const cells = config["slipway:cells"].map((cell) => cellFrom(identity, config, cell));
  const defaultCell = config["slipway:default_cell"];
  const sharedCell = config["slipway:shared_cell"] ?? cells[0]?.name;
  return {
    ...identity,
    file: stackFile(identity.stack),
    subscriptionId: config["azure-native:subscriptionId"],
    location: config["azure-native:location"],
    environment: config["slipway:environment"],
    ephemeral: config["slipway:ephemeral"],
    builder: builder === "acr" ? { kind: "acr" } : { kind: "buildkit", builder: builder.buildkit },
    registry: registryFrom(identity, config),
    cells,
    ...(defaultCell !== undefined && { defaultCell }),
    ...(sharedCell !== undefined && { sharedCell }),
    shareQuotaGib: config["slipway:share_quota_gib"],
    secrets: {
      sourceTokens: Object.keys(config["slipway:source_tokens"] ?? {}),
      customerToken: config["slipway:customer_repository_token"] !== undefined,
      customerTokens: Object.keys(config["slipway:customer_repository_tokens"] ?? {}),
    },
  };
}

function registryFrom(identity: StackIdentity, config: StackConfigDocument): RegistryChoice {
  const registry = config["slipway:registry"];
  if (!registry.owned) {
    return { owned: false, id: registry.id, name: registry.id.split("/").at(-1) ?? "" };
  }
  const names = sharedNames({ ...identity, subscription: config["azure-native:subscriptionId"] });
  return {
    owned: true,
    name: registry.name ?? names.registry,
    sku: registry.sku ?? "Standard",
    resourceGroup: registry.resource_group ?? names.registryResourceGroup,
    location: registry.location ?? config["azure-native:location"],
  };
}

function cellFrom(
  identity: StackIdentity,
  config: StackConfigDocument,
  cell: CellDocument,
): CellConfig {
  const subscription = config["azure-native:subscriptionId"];
  const names = sharedNames({ ...identity, cell: cell.name, subscription });
  return {
    name: cell.name,
    location: cell.location ?? config["azure-native:location"],
    resourceGroup: cell.resource_group ?? names.resourceGroup,
    managedEnvironment: cell.managed_environment ?? names.managedEnvironment,
    logWorkspace: cell.log_workspace ?? names.logWorkspace,
    storageAccount: cell.storage_account ?? names.storageAccount,
    identity: cell.identity ?? names.identity,
    storageSku: cell.storage_sku,
  };
}
