import { RestError } from "@azure/core-rest-pipeline";

/** How slow a connection may be: else a registry that drips would be waited for without an end. */
export interface Pace {
  /** Milliseconds in which `least` bytes have to go over, after which it is given up. */
  idle: number;
  least: number;
}

export interface ReadOptions extends Pace {
  /** Bytes; the stream is let go once it gave them. */
  atMost: number;
  /** Called with the bytes so far. */
  onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a stream, and no more of it than was asked for.
 *
 * @throws RestError when it ends early by an error, or is too slow
 */
export async function readStream(
  stream: NodeJS.ReadableStream,
  { atMost, idle, least, onProgress }: ReadOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let [size, mark] = [0, 0];
  const timer = setTimeout(() => {
    if ("destroy" in stream && typeof stream.destroy === "function") {
      stream.destroy(new RestError("too few bytes", { code: "ETIMEDOUT" }));
    }
  }, idle);
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk).subarray(0, atMost - size);
      chunks.push(bytes);
      size += bytes.byteLength;
      if (size - mark >= least) {
        mark = size;
        timer.refresh();
      }
      onProgress?.(size);
      if (size >= atMost) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}
