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

/** Any 404 counts: each of Azure's providers has its own code for it (pulumi/pulumi-azure-native#4841). */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** What Azure said, in the form that users of azure-native know. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = statusOf(error);
  const { code } = error as { code?: unknown };
  if (status === undefined || typeof code !== "string") return error.message;
  return `Status=${status} Code="${code}" Message="${error.message}"`;
}

/** By shape and not by class: the SDKs bring several copies of `RestError`. */
function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === "number" ? status : undefined;
}
