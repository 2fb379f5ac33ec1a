import type { AzureClients } from "./clients.ts";
import type { PropertyMap, Value } from "./values.ts";

/** Parameters of a resource's path by name, `subscriptionId` among them. */
export type PathParameters = Readonly<Record<string, string>>;

/** What every call to an SDK is given. */
export interface CallContext {
  clients: AzureClients;
  path: PathParameters;
  /** Options for the SDK's operation; the poll interval is a lower bound, `Retry-After` wins. */
  options: { abortSignal: AbortSignal; updateIntervalInMs: number };
}

/** A long-running operation that Azure has accepted. */
export interface AcceptedOperation {
  pollUntilDone(): Promise<unknown>;
}

/** One resource type of azure-native: everything that is not the same for all of them. */
export interface ResourceType {
  /** `azure-native:<module>:<Type>` */
  token: string;
  /** Reported as the output `azureApiVersion`; the SDK sends the version it was made for. */
  apiVersion: string;
  /** ARM path; `{name}` stands for the input property of that name. */
  path: string;
  /**
   * What the last path parameter is when the program leaves it out: `random` adds a suffix to the
   * logical name, `copy` takes it as it is (children of a named parent), `uuid` makes one.
   */
  autoname: "random" | "copy" | "uuid";
  /** Top-level inputs, apart from the path's, that can't change in place. */
  replaces: readonly string[];
  /** Has a `location` input, which comes from the provider's configuration or the resource group. */
  located: boolean;
  /**
   * Inputs that ARM reports without being asked, and the value that means "not asked for". Import
   * leaves them out, since taking them away again would plan a replacement.
   */
  importOmits?: (outputs: PropertyMap) => readonly string[];
  /** Changes the body before it is given to the SDK; path parameters are already out of it. */
  toBody?: (body: PropertyMap) => Record<string, unknown>;
  /** Sends the PUT. Resolves once Azure has accepted it. */
  put(context: CallContext, body: Record<string, unknown>): Promise<AcceptedOperation>;
  get(context: CallContext): Promise<unknown>;
  /** Deletes and waits until it is done. */
  delete(context: CallContext): Promise<unknown>;
}

/** A function of azure-native. */
export interface ProviderFunction {
  token: string;
  invoke(context: Omit<CallContext, "path">, args: PropertyMap): Promise<PropertyMap>;
}

/** A PUT that is over when it is answered. */
export async function finished(result: Promise<unknown>): Promise<AcceptedOperation> {
  const value = await result;
  return { pollUntilDone: () => Promise.resolve(value) };
}

/** The text of a path parameter or argument that the schema has already required. */
export function text(values: Readonly<Record<string, Value>>, name: string): string {
  const value = values[name];
  if (typeof value !== "string") throw new Error(`'${name}' is not a string`);
  return value;
}
