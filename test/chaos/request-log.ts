/** What the request log says that was done to Azure. Pure. */
import type { RequestLogEntry } from "../../sandbox/arm/core/requestLog.ts";

/** The history of one resource. */
export interface Written {
  /** PUTs that took effect while it was not there. */
  creates: number;
  /** PUTs and PATCHes that took effect while it was. */
  updates: number;
  deletes: number;
}

/** Whether a write took effect, whatever its client was told. */
export function tookEffect({ write, status, fault, applied, outcome }: RequestLogEntry): boolean {
  if (!write) return false;
  if (fault !== undefined) return applied === true;
  return outcome !== "fault" && status > 0 && status < 400;
}

/** @returns by ARM id in lower case */
export function replay(entries: readonly RequestLogEntry[]): Map<string, Written> {
  const all = new Map<string, Written>();
  for (const entry of entries.filter(tookEffect)) {
    if (entry.method === "POST") continue;
    const key = entry.id.toLowerCase();
    const written = all.get(key) ?? { creates: 0, updates: 0, deletes: 0 };
    if (entry.method === "DELETE") {
      // Of one that is not there, which is answered with 204.
      if (entry.status !== 204) written.deletes += 1;
    } else if (written.creates > written.deletes) written.updates += 1;
    else written.creates += 1;
    all.set(key, written);
  }
  return all;
}

/** Runs that were ordered. */
export function ordersOf(entries: readonly RequestLogEntry[]): RequestLogEntry[] {
  return entries
    .filter((entry) => entry.method === "POST" && /\/scheduleRun$/i.test(entry.id))
    .filter(tookEffect);
}
