import { badRequest } from "./errors.ts";

/** A path under ARM, taken apart. Segments compare without case and keep theirs. */
export interface ArmId {
  /** As given, decoded, without a trailing slash. */
  path: string;
  /** `path` in lower case: the key of a resource. */
  key: string;
  subscriptionId: string | undefined;
  resourceGroup: string | undefined;
  /** What stands before the last `/providers/`; the whole path where there is none. */
  scope: string;
  /** `Microsoft.App/managedEnvironments/storages`, as given; empty for a bare scope. */
  type: string;
  /** One per type segment; one fewer where the path names a collection or an action. */
  names: string[];
  /** The last name, the last type segment of a collection or action, or a bare scope's last segment. */
  name: string;
  /** Whether the path ends in a type: a collection for GET, an action for POST. */
  isCollection: boolean;
}

const MAX_PATH = 1500;

/** @throws ArmError `InvalidResourceId` for an empty segment, a control character or an overlong path */
export function parseArmId(rawPath: string): ArmId {
  const path = decode(rawPath).replace(/\/+$/, "");
  const segments = path.split("/").slice(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (segments.some((s) => s === "") || /[\u0000-\u001f]/.test(path) || path.length > MAX_PATH) {
    throw badRequest("InvalidResourceId", "The resource identifier is not valid.");
  }
  const lower = segments.map((segment) => segment.toLowerCase());
  const at = lower.lastIndexOf("providers");
  const tail = at < 0 ? [] : segments.slice(at + 1);
  const types: string[] = [];
  const names: string[] = [];
  tail.slice(1).forEach((segment, i) => {
    (i % 2 === 0 ? types : names).push(segment);
  });
  const subscriptionId = lower[0] === "subscriptions" ? segments[1] : undefined;
  const inGroup = lower[2] === "resourcegroups" && subscriptionId !== undefined;
  return {
    path,
    key: path.toLowerCase(),
    subscriptionId,
    resourceGroup: inGroup ? segments[3] : undefined,
    scope: at < 0 ? path : `/${segments.slice(0, at).join("/")}`.replace(/\/$/, ""),
    type: tail[0] === undefined ? "" : [tail[0], ...types].join("/"),
    names,
    name: (types.length > names.length ? types.at(-1) : names.at(-1)) ?? segments.at(-1) ?? "",
    isCollection: types.length > names.length,
  };
}

/** Id of the resource that a child, collection or action path hangs from; undefined at top level. */
export function parentPath(id: ArmId): string | undefined {
  const depth = id.isCollection ? 1 : 2;
  if (id.names.length <= (id.isCollection ? 0 : 1)) return undefined;
  return id.path.split("/").slice(0, -depth).join("/");
}

/** `Microsoft.App/managedEnvironments` of `Microsoft.App/managedEnvironments/storages`. */
export function parentType(type: string): string {
  return type.split("/").slice(0, -1).join("/");
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest("InvalidResourceId", "The resource identifier is not valid.");
  }
}
