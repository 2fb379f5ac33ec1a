import { ArmError } from "./errors.ts";

/** One token bucket: at most `size`, filled with `perSecond`. */
interface Bucket {
  size: number;
  perSecond: number;
  left: number;
  at: number;
}

/** ARM's buckets of one principal in one region: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling */
export interface Throttle {
  /** Takes a token. @returns the header that says how many are left. @throws ArmError 429 when `enforce` and none is left */
  take(method: string, enforce: boolean): Record<string, string>;
}

type Kind = "reads" | "writes" | "deletes";

export function createThrottle(now: () => number = Date.now): Throttle {
  const start = now();
  const buckets: Record<Kind, Bucket> = {
    reads: { size: 250, perSecond: 25, left: 250, at: start },
    writes: { size: 200, perSecond: 10, left: 200, at: start },
    deletes: { size: 200, perSecond: 10, left: 200, at: start },
  };
  return {
    take(method, enforce) {
      const kind = kindOf(method);
      const bucket = buckets[kind];
      const time = now();
      bucket.left = Math.min(
        bucket.size,
        bucket.left + ((time - bucket.at) / 1000) * bucket.perSecond,
      );
      bucket.at = time;
      if (bucket.left < 1 && enforce) {
        const wait = Math.ceil((1 - bucket.left) / bucket.perSecond);
        throw new ArmError(
          429,
          "TooManyRequests",
          `The number of ${kind} for this subscription has been exceeded. Please wait ${wait} seconds before retrying.`,
          { headers: { "Retry-After": String(wait) } },
        );
      }
      bucket.left = Math.max(0, bucket.left - 1);
      return { [`x-ms-ratelimit-remaining-subscription-${kind}`]: String(Math.floor(bucket.left)) };
    },
  };
}

function kindOf(method: string): Kind {
  if (method === "GET" || method === "HEAD") return "reads";
  return method === "DELETE" ? "deletes" : "writes";
}
