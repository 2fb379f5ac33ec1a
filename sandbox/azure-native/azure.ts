import type { AzureClients } from "./clients.ts";
import { describeError, InitializationError, isGone, isNotFound } from "./errors.ts";
import { idFromInputs, pathFromId, pathInputs } from "./ids.ts";
import type { CallContext, PathParameters, ResourceType } from "./resource-type.ts";
import { describe } from "./schemas.ts";
import { tracked } from "./sent.ts";
import { fromModel, isObject, type PropertyMap } from "./values.ts";

/** Polls often: nothing here takes minutes, and an answer's `Retry-After` still holds. */
const POLL_INTERVAL_MS = 100;

/** A resource as Azure has it. */
export interface LiveResource {
  id: string;
  outputs: PropertyMap;
}

/**
 * Makes a resource that does not exist yet.
 *
 * @throws {InitializationError} when Azure accepted it and it then failed to come up
 * @throws when it exists: a create never adopts
 */
export async function createResource(
  clients: AzureClients,
  type: ResourceType,
  inputs: PropertyMap,
  signal: AbortSignal,
): Promise<LiveResource> {
  const { id, path } = idFromInputs(type, inputs, await subscription(clients));
  let existing: unknown;
  try {
    existing = await read(clients, type, id, signal, isNotFound);
  } catch (error) {
    throw new Error(`cannot check existence of resource '${id}': ${describeError(error)}`);
  }
  if (existing) throw new Error(`cannot create already existing resource '${id}'`);
  return putResource(clients, type, { id, path }, inputs, signal);
}

/** Sends all inputs again: an update is a PUT, as the official provider's. */
export async function updateResource(
  clients: AzureClients,
  type: ResourceType,
  id: string,
  inputs: PropertyMap,
  signal: AbortSignal,
): Promise<LiveResource> {
  return putResource(clients, type, { id, path: await pathOf(clients, type, id) }, inputs, signal);
}

/**
 * @returns undefined when Azure has no such resource
 * @throws on a 404 with a code that the official provider does not know
 */
export async function readResource(
  clients: AzureClients,
  type: ResourceType,
  id: string,
  signal: AbortSignal,
): Promise<LiveResource | undefined> {
  return read(clients, type, id, signal, isGone);
}

/** Deletes a resource; one that is gone already counts as done. */
export async function deleteResource(
  clients: AzureClients,
  type: ResourceType,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await type.delete(contextOf(clients, await pathOf(clients, type, id), signal));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function read(
  clients: AzureClients,
  type: ResourceType,
  id: string,
  signal: AbortSignal,
  isAbsent: (error: unknown) => boolean,
): Promise<LiveResource | undefined> {
  const context = contextOf(clients, await pathOf(clients, type, id), signal);
  try {
    return toLive(type, id, await type.get(context));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function putResource(
  clients: AzureClients,
  type: ResourceType,
  target: { id: string; path: PathParameters },
  inputs: PropertyMap,
  signal: AbortSignal,
): Promise<LiveResource> {
  const body = { ...inputs };
  for (const name of pathInputs(type)) delete body[name];
  const context = contextOf(clients, target.path, signal);
  const sending = { body, accepted: false };
  try {
    const operation = await tracked(sending, () => type.put(context, type.toBody?.(body) ?? body));
    const answer = fromModel(await operation.pollUntilDone());
    const id = isObject(answer) && typeof answer.id === "string" ? answer.id : target.id;
    // The final answer of a PUT can differ from a GET's, which is what a refresh will compare with.
    return (await read(clients, type, id, signal, isNotFound)) ?? toLive(type, id, answer);
  } catch (error) {
    if (!sending.accepted) throw error;
    // What Azure made must not be lost to the state. The signal may be what failed.
    const live = await readResource(clients, type, target.id, new AbortController().signal).catch(
      () => undefined,
    );
    if (!live) throw error;
    throw new InitializationError(live.id, live.outputs, describeError(error));
  }
}

function toLive(type: ResourceType, id: string, model: unknown): LiveResource {
  const plain = fromModel(model);
  const outputs: PropertyMap = { azureApiVersion: type.apiVersion };
  for (const name of describe(type.token).outputs) {
    const value = isObject(plain) ? plain[name] : undefined;
    if (value !== undefined) outputs[name] = value;
  }
  return { id, outputs };
}

/** The path's parameters; `subscriptionId` is the connection's where the path itself has none. */
async function pathOf(
  clients: AzureClients,
  type: ResourceType,
  id: string,
): Promise<PathParameters> {
  const path = pathFromId(type, id);
  return path.subscriptionId ? path : { ...path, subscriptionId: await subscription(clients) };
}

async function subscription(clients: AzureClients): Promise<string> {
  const { subscriptionId } = await clients.connection();
  if (subscriptionId) return subscriptionId;
  throw new Error("no subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID");
}

function contextOf(
  clients: AzureClients,
  path: PathParameters,
  abortSignal: AbortSignal,
): CallContext {
  return { clients, path, options: { abortSignal, updateIntervalInMs: POLL_INTERVAL_MS } };
}
