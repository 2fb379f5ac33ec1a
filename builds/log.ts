import { stripVTControlCharacters } from "node:util";

const TIMEOUT_MILLISECONDS = 15_000;
/** A build's log can have any length; its end is what says why it failed. */
const KEPT_BYTES = 64 * 1024;

/**
 * Fetches the end of a run's log.
 *
 * @param url from `runs.getLogSasUrl`; it carries a signature, so it is in no error of this function
 * @returns at most the last 64 KiB
 * @throws Error when the log cannot be had within 15 s
 */
export async function fetchRunLog(url: string, signal?: AbortSignal): Promise<string> {
  // Imported here: a plugin that has no failed run to tell of starts without it.
  const { createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } =
    await import("@azure/core-rest-pipeline");
  const timeout = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const request = createPipelineRequest({
    url,
    abortSignal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    streamResponseStatusCodes: new Set([200]),
    // A sandbox's log may be behind its own address; elsewhere it is https.
    allowInsecureConnection: isLoopback(url),
  });
  try {
    const response = await createPipelineFromOptions({}).sendRequest(
      createDefaultHttpClient(),
      request,
    );
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return await tailOf(response.readableStreamBody ?? []);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the run's log could not be read: ${reason.replaceAll(url, "<its URL>")}`);
  }
}

/** The end of what a build prints: at most the last 64 KiB. */
export async function tailOf(
  stream: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array>,
): Promise<string> {
  let kept = Buffer.alloc(0);
  for await (const chunk of stream) {
    kept = Buffer.concat([kept, Buffer.from(chunk)]).subarray(-KEPT_BYTES);
  }
  return kept.toString("utf8");
}

/** The last `count` lines that say something, without terminal control sequences. */
export function lastLines(log: string, count: number): string[] {
  return stripVTControlCharacters(log)
    .split(/\r?\n/)
    .map((line) => line.slice(line.lastIndexOf("\r") + 1).trimEnd())
    .filter((line) => line !== "")
    .slice(-count);
}

function isLoopback(url: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}
