import { setTimeout as delay } from "node:timers/promises";

/** @throws AbortError as soon as `signal` is aborted */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal });
}
