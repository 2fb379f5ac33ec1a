const FIRST_MILLISECONDS = 1000;
/** Statuses after which a request may be sent again, once it is known what became of the first. */
const TRANSIENT = [408, 429, 500, 502, 503, 504];
const NETWORK = [
  "REQUEST_SEND_ERROR",
  "ECONNRESET",
  "ECONNREFUSED",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
];

/**
 * @param error what an Azure SDK threw
 * @param attempt from 1
 * @returns milliseconds to wait, as the service asked or doubling; undefined where another attempt
 *   would end the same way
 */
export function retryDelay(error: unknown, attempt: number): number | undefined {
  const { statusCode, code, retryAfter } = read(error);
  const again =
    statusCode === undefined
      ? code !== undefined && NETWORK.includes(code)
      : TRANSIENT.includes(statusCode);
  if (!again) return undefined;
  return retryAfter === undefined ? FIRST_MILLISECONDS * 2 ** (attempt - 1) : retryAfter * 1000;
}

function read(error: unknown): { statusCode?: number; code?: string; retryAfter?: number } {
  if (!(error instanceof Error)) return {};
  const { statusCode, code, response } = error as Error & {
    statusCode?: unknown;
    code?: unknown;
    response?: { headers?: { get?(name: string): string | undefined } };
  };
  const seconds = Number(response?.headers?.get?.("retry-after") ?? Number.NaN);
  return {
    ...(typeof statusCode === "number" ? { statusCode } : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(Number.isFinite(seconds) ? { retryAfter: seconds } : {}),
  };
}
