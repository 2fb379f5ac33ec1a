import * as pulumi from "@pulumi/pulumi";
import settings from "@pulumi/pulumi/runtime/settings.js";
import { endpointMapFrom } from "../../builds/endpoints.ts";
import { declareStack } from "../../components/declare-stack.ts";
import { type ConfiguredTokens, stackSecrets } from "../../components/secrets.ts";
import type { StackPlan } from "../../config/plan-types.ts";

/** A resource as it was declared to the engine. */
export interface DeclaredResource {
  urn: string;
  type: string;
  name: string;
  parent: string;
  /** Secrets are `{ secret: <value> }`. */
  inputs: Record<string, unknown>;
  protect: boolean | undefined;
  retainOnDelete: boolean | undefined;
  deleteBeforeReplace: boolean;
  dependencies: string[];
  aliases: number;
}

export interface Declared {
  resources: DeclaredResource[];
  /** @throws Error unless there is exactly one */
  one(type: string, name: string): DeclaredResource;
  all(type: string): DeclaredResource[];
  outputs: Record<string, unknown>;
}

/** The request that the SDK sends; its class is not public. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  hasProtect(): boolean;
  getProtect(): boolean;
  hasRetainondelete(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getDependenciesList(): string[];
  getAliasesList(): unknown[];
}

type Callback = (error: unknown, response: { getUrn(): string } | undefined) => void;

interface Monitor {
  registerResource(request: RegisterRequest, callback: Callback): void;
}

export const ACCOUNT_KEY = "account-key-value";
export const WORKSPACE_KEY = "workspace-key-value";
export const TOKENS = {
  sourceTokens: { platform: "source-token-value" },
  customerToken: "customer-token-value",
  customerTokens: { initech: "initech-token-value" },
};

/** Marks a secret on its way to the engine; a constant of the protocol. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Declares a plan to Pulumi's mocks and tells what arrived there. */
export async function declared(
  plan: StackPlan,
  tokens: ConfiguredTokens = TOKENS,
): Promise<Declared> {
  await pulumi.runtime.setMocks({ newResource, call }, plan.project, plan.stack, false);
  const resources: DeclaredResource[] = [];
  const monitor = settings.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      if (response !== undefined) resources.push(resourceOf(response.getUrn(), request));
      callback(error, response);
    });
  const outputs = await pulumi.runtime.runInPulumiStack(async () =>
    declareStack(plan, stackSecrets(tokens), endpointMapFrom({})),
  );
  await settings.disconnect();
  const all = (type: string) => resources.filter((resource) => resource.type === type);
  const one = (type: string, name: string) => {
    const [resource, ...more] = all(type).filter((candidate) => candidate.name === name);
    if (resource === undefined || more.length > 0) throw new Error(`not one ${type} ${name}`);
    return resource;
  };
  return { resources, all, one, outputs: outputs as Record<string, unknown> };
}

/** Digest that the mocks give the image of a release. */
export function builtDigest(release: string): string {
  return `sha256:${Buffer.from(release).toString("hex").padEnd(64, "0").slice(0, 64)}`;
}

/** ARM ids that the mocks give. */
export function mockId(type: string, name: string): string {
  return `/mock/${type}/${name}`;
}

/** A secret among a declared resource's inputs. */
export function secret(value: unknown): { secret: unknown } {
  return { secret: value };
}

function newResource({ type, name, inputs }: pulumi.runtime.MockResourceArgs) {
  const physical = [
    "resourceGroupName",
    "registryName",
    "taskName",
    "resourceName",
    "workspaceName",
    "environmentName",
    "accountName",
    "shareName",
    "storageName",
    "containerAppName",
  ].findLast((key) => key in inputs);
  const state = {
    ...inputs,
    ...(physical === undefined ? {} : { name: inputs[physical] }),
    ...(type.startsWith("slipway:acr:") || type === "docker-build:index:Image"
      ? { digest: builtDigest(name), size: 1234, mediaType: "application/x", runId: "ca1" }
      : {}),
    principalId: `principal-of-${name}`,
    customerId: `customer-of-${name}`,
    defaultDomain: `${name}.example.com`,
  };
  return { id: mockId(type, name), state };
}

function call({ token }: pulumi.runtime.MockCallArgs) {
  if (token === "azure-native:storage:listStorageAccountKeys") {
    return { keys: [{ keyName: "key1", value: ACCOUNT_KEY }] };
  }
  if (token === "azure-native:operationalinsights:getSharedKeys") {
    return { primarySharedKey: WORKSPACE_KEY };
  }
  throw new Error(`unexpected call of ${token}`);
}

function resourceOf(urn: string, request: RegisterRequest): DeclaredResource {
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    inputs: marked(request.getObject().toJavaScript()) as Record<string, unknown>,
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    dependencies: request.getDependenciesList(),
    aliases: request.getAliasesList().length,
  };
}

function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== "object" || value === null) return value;
  const map = value as Record<string, unknown>;
  if (map[SIGNATURE] === SECRET) return secret(marked(map.value));
  return Object.fromEntries(Object.entries(map).map(([key, entry]) => [key, marked(entry)]));
}
