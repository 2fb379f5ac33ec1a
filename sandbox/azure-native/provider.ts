import { createResource, deleteResource, readResource, updateResource } from "./azure.ts";
import type { AzureClients } from "./clients.ts";
import { applyDrift, changesBetween } from "./diff.ts";
import { automaticName, inputsFromId, nameInput, pathInputs } from "./ids.ts";
import type { LocationRule } from "./location.ts";
import { previewOutputs } from "./preview.ts";
import type { ResourceType } from "./resource-type.ts";
import { FUNCTIONS, RESOURCE_TYPES } from "./resources/index.ts";
import { describe, projectToInputs } from "./schemas.ts";
import { problemsOf } from "./validate.ts";
import { equal, formatPath, type PropertyMap, UNKNOWN, withoutNulls } from "./values.ts";

export interface CheckResult {
  inputs: PropertyMap;
  problems: string[];
}

export type DetailedKind =
  | "add"
  | "delete"
  | "update"
  | "add-replace"
  | "delete-replace"
  | "update-replace";

export interface DiffResult {
  /** By property path in the engine's notation; empty when nothing changes. */
  detailed: Map<string, DetailedKind>;
  /** Paths among them that replace the resource. */
  replaces: string[];
}

export interface ReadResult {
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
}

export interface Operation {
  clients: AzureClients;
  signal: AbortSignal;
}

/** @throws when the stand-in does not have that type */
export function resourceType(token: string): ResourceType {
  const type = RESOURCE_TYPES.get(token);
  if (!type) throw new Error(`the stand-in for azure-native has no resource type ${token}`);
  return type;
}

/** Fills in name and location, then validates. */
export async function check(
  type: ResourceType,
  request: { name: string; olds: PropertyMap; news: PropertyMap; seed: Uint8Array },
  defaultLocation: LocationRule,
): Promise<CheckResult> {
  const inputs = withoutNulls(request.news);
  const name = nameInput(type);
  inputs[name] ??= request.olds[name] ?? automaticName(type, request.name, request.seed);
  if (type.located && inputs.location === undefined) {
    const location = request.olds.location ?? (await defaultLocation(type, inputs));
    if (location !== undefined) inputs.location = location;
  }
  return { inputs, problems: problemsOf(type.token, inputs) };
}

/** Compares inputs with inputs; what the service filled in plays no part. */
export function diff(
  type: ResourceType,
  olds: { inputs: PropertyMap; outputs: PropertyMap },
  news: PropertyMap,
): DiffResult {
  const after = withoutNulls(news);
  const replacing = new Set([...pathInputs(type), ...type.replaces]);
  const result: DiffResult = { detailed: new Map(), replaces: [] };
  for (const { path, kind } of changesBetween(withoutNulls(olds.inputs), after)) {
    const [property = ""] = path.map(String);
    const [old, value] = [olds.inputs[property], after[property]];
    if (property === "location" && sameLocation(old, value)) continue;
    const key = formatPath(path);
    // An input that is new to the program but already so in Azure replaces nothing.
    const settled = old === undefined && equal(value, olds.outputs[property]);
    if (replacing.has(property) && !settled) {
      result.detailed.set(key, `${kind}-replace`);
      result.replaces.push(key);
    } else result.detailed.set(key, kind);
  }
  return result;
}

export async function create(
  { clients, signal }: Operation,
  type: ResourceType,
  inputs: PropertyMap,
  preview: boolean,
): Promise<{ id: string; outputs: PropertyMap }> {
  if (preview) return { id: "", outputs: previewOutputs(type, inputs) };
  return createResource(clients, type, withoutNulls(inputs), signal);
}

export async function update(
  { clients, signal }: Operation,
  type: ResourceType,
  request: { id: string; olds: PropertyMap; news: PropertyMap; preview: boolean },
): Promise<PropertyMap> {
  if (request.preview) return previewOutputs(type, request.news, request.olds);
  const { id, news } = request;
  return (await updateResource(clients, type, id, withoutNulls(news), signal)).outputs;
}

/**
 * @param request.inputs absent when a resource is imported
 * @returns undefined when Azure has no such resource
 */
export async function read(
  { clients, signal }: Operation,
  type: ResourceType,
  request: { id: string; inputs: PropertyMap | undefined; outputs: PropertyMap },
): Promise<ReadResult | undefined> {
  const live = await readResource(clients, type, request.id, signal);
  if (!live) return undefined;
  const after = projectToInputs(type.token, live.outputs);
  if (!request.inputs) {
    const inputs = { ...after, ...inputsFromId(type, request.id) };
    for (const name of type.importOmits?.(live.outputs) ?? []) delete inputs[name];
    return { id: request.id, inputs, outputs: live.outputs };
  }
  const before = projectToInputs(type.token, request.outputs);
  const inputs = applyDrift(request.inputs, before, after);
  return { id: request.id, inputs, outputs: live.outputs };
}

/** Deletes and waits; a resource that is gone already counts as done. */
export function remove(
  { clients, signal }: Operation,
  type: ResourceType,
  id: string,
): Promise<void> {
  return deleteResource(clients, type, id, signal);
}

/** @throws when the stand-in does not have that function, or an argument is not valid */
export async function invoke(
  { clients, signal }: Operation,
  token: string,
  args: PropertyMap,
): Promise<PropertyMap> {
  const fn = FUNCTIONS.get(token);
  if (!fn) throw new Error(`the stand-in for azure-native has no function ${token}`);
  const plain = withoutNulls(args);
  const problems = describesArguments(token) ? problemsOf(token, plain) : [];
  if (problems.length > 0) throw new Error(`${token}: ${problems.join("; ")}`);
  return fn.invoke({ clients, options: { abortSignal: signal, updateIntervalInMs: 0 } }, plain);
}

function describesArguments(token: string): boolean {
  return token !== "azure-native:authorization:getClientConfig" && describe(token) !== undefined;
}

/** `West Europe` and `westeurope` are one place. */
function sameLocation(a: unknown, b: unknown): boolean {
  const normal = (value: unknown) => String(value).replaceAll(" ", "").toLowerCase();
  return typeof a === "string" && typeof b === "string" && a !== UNKNOWN && normal(a) === normal(b);
}
