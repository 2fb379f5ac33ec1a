import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readStream } from "../../../capsule/registry/stream.ts";

/** 100 bytes a second. */
const PACE = { idle: 60_000, least: 6_000 };
const MUCH = 1_000_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("reading a stream", () => {
  it.each([
    [1_000, 9_000],
    [5_000, 50_000],
    [59_000, 6_000],
  ])("goes on as long as every %i ms bring enough, %i bytes", async (ms, bytes) => {
    const content = await readStream(dripping(ms, bytes), { ...PACE, atMost: MUCH });
    expect(content.byteLength).toBe(MUCH);
  });

  it("goes on where little is left", async () => {
    const content = await readStream(dripping(1_000, 10), { ...PACE, atMost: 500 });
    expect(content.byteLength).toBe(500);
  });

  it.each([
    [1_000, 1],
    [1_000, 90],
    [59_000, 2_900],
    [61_000, 50_000],
  ])("ends where every %i ms bring %i bytes", async (ms, bytes) => {
    const read: number[] = [];
    const work = readStream(dripping(ms, bytes), {
      ...PACE,
      atMost: MUCH,
      onProgress: (size) => read.push(size),
    });
    await expect(work).rejects.toMatchObject({ code: "ETIMEDOUT" });
    expect(read.at(-1) ?? 0).toBeLessThan(PACE.least);
  });
});

/** Without an end. */
function dripping(ms: number, bytes: number): Readable {
  return Readable.from(
    (async function* () {
      for (;;) {
        vi.advanceTimersByTime(ms);
        yield Buffer.alloc(bytes);
      }
    })(),
    { objectMode: true, highWaterMark: 0 },
  );
}
