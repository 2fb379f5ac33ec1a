import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { unlessInterrupted } from "../../cli/engine/interrupt.ts";
import type { OpenStack } from "../../cli/engine/stack.ts";

/** As much of a stack as a signal concerns. */
function stackWith(signals: string[]): OpenStack {
  const signal = (name: string) => signals.push(name) > 0;
  return { name: "dev", engine: { signal } } as unknown as OpenStack;
}

describe("unlessInterrupted", () => {
  it("hands on what the work came to", async () => {
    const signals: string[] = [];
    expect(
      await unlessInterrupted(
        stackWith(signals),
        () => {},
        async () => 42,
      ),
    ).toBe(42);
    const failing = unlessInterrupted(
      stackWith(signals),
      () => {},
      async () => {
        throw new RangeError("of its own");
      },
    );
    await expect(failing).rejects.toThrow(RangeError);
    expect(signals).toEqual([]);
  });

  it("passes a signal on to the engine, and is interrupted whatever the work came to", async () => {
    const signals: string[] = [];
    const lines: string[] = [];
    const work = async () => {
      process.emit("SIGINT");
      await delay(1);
      return 42;
    };
    const run = unlessInterrupted(stackWith(signals), (line) => lines.push(line), work);
    await expect(run).rejects.toMatchObject({ message: expect.stringContaining("interrupted") });
    expect(signals).toEqual(["SIGINT"]);
    expect(lines).toEqual([expect.stringMatching(/^dev: stopping/)]);
    expect(process.listenerCount("SIGHUP")).toBe(0);
  });
});
