import { RestError } from "@azure/core-rest-pipeline";

export interface ReadOptions {
  /** Bytes; the stream is let go once it gave them. */
  atMost: number;
  /** Milliseconds without a byte, after which it is given up. */
  idle: number;
  /** Called with the bytes so far. */
  onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a stream, and no more of it than was asked for.
 *
 * @throws RestError when it ends early by an error or by silence
 */
export async function readStream(
  stream: NodeJS.ReadableStream,
  { atMost, idle, onProgress }: ReadOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => {
    if ("destroy" in stream && typeof stream.destroy === "function") {
      stream.destroy(new RestError("no more bytes", { code: "ETIMEDOUT" }));
    }
  }, idle);
  try {
    for await (const chunk of stream) {
      timer.refresh();
      const bytes = Buffer.from(chunk).subarray(0, atMost - size);
      chunks.push(bytes);
      size += bytes.byteLength;
      onProgress?.(size);
      if (size >= atMost) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}
