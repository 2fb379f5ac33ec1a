import debuggable from "@pulumi/pulumi/runtime/debuggable.js";

/** The part of the SDK's bookkeeping that this module reaches into; it has no public declaration. */
interface PromiseBookkeeping {
  debuggablePromise: <T>(promise: Promise<T>, context?: string) => Promise<T>;
}

/**
 * Spares the SDK the stack trace that it records with every promise, about a hundred to a resource,
 * and reads only when `PULUMI_DEBUG_PROMISE_LEAKS` asks for it; then nothing is changed here. Traces
 * of errors are as they were.
 *
 * Takes effect for promises made from here on. Does nothing where a later SDK keeps its books in
 * another way.
 */
export function skipPromiseTraces(): void {
  const sdk: Partial<PromiseBookkeeping> = debuggable;
  const { debuggablePromise } = sdk;
  if (debuggablePromise === undefined || process.env.PULUMI_DEBUG_PROMISE_LEAKS) return;
  sdk.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
}
