import type { ImageLookup } from "../../contract.ts";
import type { ArmError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Operations } from "./operations.ts";
import type { ArmId } from "./resourceId.ts";
import type { Settings } from "./settings.ts";
import type { ResourceRecord, Store } from "./store.ts";
import type { Vault } from "./vault.ts";

/** What resource types work with. */
export interface Services {
  store: Store;
  vault: Vault;
  operations: Operations;
  images: ImageLookup;
  settings: () => Settings;
  /** `https://localhost:<port>`, for the absolute URLs of polls and logs. */
  endpoint: string;
  /** Removes a resource with all that is below it, role assignments included. */
  removeTree(record: ResourceRecord): void;
  /** What the resource looks like in an answer. */
  view(record: ResourceRecord): JsonObject;
}

export interface ArmRequest {
  method: string;
  id: ArmId;
  apiVersion: string;
  query: URLSearchParams;
  body: JsonObject;
}

export interface ArmReply {
  status: number;
  body?: JsonObject;
  headers?: Record<string, string>;
  /** Id of the operation that the request started or polled, for the request log. */
  operation?: string;
}

export interface WriteContext extends ArmRequest {
  /** For PATCH the stored resource with the patch merged in. */
  body: JsonObject;
  /** The body as it came. */
  given: JsonObject;
  services: Services;
  existing: ResourceRecord | undefined;
  parent: ResourceRecord | undefined;
}

export interface RemoveContext extends ArmRequest {
  services: Services;
  existing: ResourceRecord;
  parent: ResourceRecord | undefined;
}

export interface ActionContext extends ArmRequest {
  services: Services;
  /** The resource that the action is on; undefined for an action on a collection. */
  record: ResourceRecord;
}

export interface Action {
  method: "POST" | "GET";
  /** Whether it changes anything; reads of secrets do not. */
  write: boolean;
  run(context: ActionContext): ArmReply;
}

/** A kind of resource. Handlers run inside a transaction and throw ArmError to refuse. */
export interface ResourceType {
  /** Canonical, `Microsoft.App/managedEnvironments/storages`. */
  type: string;
  apiVersions: readonly string[];
  /** Has a location, tags and a quota per resource group. */
  tracked: boolean;
  /** @throws ArmError 400 for a name that the provider refuses */
  checkName(name: string): void;
  /** Checks the shape of a body that is put; see `bodyOf`. */
  checkBody?: (body: JsonObject) => void;
  /** Creates or replaces; without it the type cannot be written. */
  put?: (context: WriteContext) => ArmReply;
  /** Default: the stored resource with the patch merged in is put, answered with 200. */
  patch?: (context: WriteContext) => ArmReply;
  remove?: (context: RemoveContext) => ArmReply;
  /** Runs when a resource goes, by whatever way. */
  onRemoved?: (record: ResourceRecord, services: Services) => void;
  view?: (record: ResourceRecord, services: Services) => JsonObject;
  /** The provider's own 404, where it has one. */
  notFound?: (id: ArmId) => ArmError;
  /** The refusal of a write while an operation runs on the resource; default `AnotherOperationInProgress`. */
  busy?: (record: ResourceRecord) => ArmError;
  /** Keys in lower case. */
  actions?: Record<string, Action>;
  /** Resources that are there without having been made: built-in roles, `fileServices/default`. */
  builtIn?: (id: ArmId, services: Services) => ResourceRecord[];
  /** `$filter` and `$top` of lists, where the provider has them. */
  filter?: (records: ResourceRecord[], request: ArmRequest) => ResourceRecord[];
}
