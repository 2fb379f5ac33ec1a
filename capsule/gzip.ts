import { createGunzip } from "node:zlib";
import { gzip } from "pako";

/**
 * Compresses to the same bytes on every machine and under every Node: what zlib itself makes differs
 * with its version, so that a digest would depend on who packed. The library's version is pinned for
 * that. Its header has neither a time nor a name.
 */
export function gzipReproducibly(content: Uint8Array): Uint8Array {
  return gzip(content, { level: 9 });
}

/** Why a stream could not be unpacked. */
export class GzipFailure extends Error {
  override name = "GzipFailure";
}

/**
 * Unpacks gzip of an origin that nobody trusts yet.
 *
 * @throws GzipFailure when it is none, or unpacks to more than `maxBytes`
 */
export async function gunzipWithin(content: Uint8Array, maxBytes: number): Promise<Buffer> {
  const stream = createGunzip();
  const chunks: Buffer[] = [];
  let size = 0;
  stream.end(content);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > maxBytes) throw new GzipFailure(`unpacks to more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    if (stream.bytesWritten < content.byteLength) {
      // Zeros, and whatever follows them: the library passes over those as other tools do.
      throw new GzipFailure("has bytes behind its end");
    }
  } catch (error) {
    if (error instanceof GzipFailure) throw error;
    throw new GzipFailure("is not whole gzip", { cause: error });
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks);
}
