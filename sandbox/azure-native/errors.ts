import type { PropertyMap } from "./values.ts";

/** A resource that Azure has made but that did not come up; the engine keeps it in its state. */
export class InitializationError extends Error {
  readonly id: string;
  readonly outputs: PropertyMap;

  constructor(id: string, outputs: PropertyMap, reason: string) {
    super(reason);
    this.name = "InitializationError";
    this.id = id;
    this.outputs = outputs;
  }
}

/**
 * What the official provider takes for "deleted" when it reads. Any other 404 might be a proxy's, and
 * stops a refresh; `ShareNotFound` is one of those (pulumi/pulumi-azure-native#4841).
 */
const GONE = new Set([
  "NotFound",
  "ResourceNotFound",
  "ResourceGroupNotFound",
  "LockNotFound",
  "ParentResourceNotFound",
  "EntityNotFound",
  "SubscriptionNotFound",
  "RoleAssignmentNotFound",
  "VulnerabilityAssessmentBaselineDoesNotExists",
]);

/** Any 404: enough for what is about to be made or was just deleted. */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** A 404 after which a resource leaves the state. */
export function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return isNotFound(error) && code !== undefined && GONE.has(code);
}

/** What Azure said, in the form that users of azure-native know. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = statusOf(error);
  const code = codeOf(error);
  if (status === undefined || code === undefined) return error.message;
  return `Status=${status} Code="${code}" Message="${error.message}"`;
}

/** By shape and not by class: the SDKs bring several copies of `RestError`. */
function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === "number" ? status : undefined;
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
