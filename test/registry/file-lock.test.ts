import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withFileLock } from "../../registry/file-lock.ts";

describe("withFileLock", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-lock-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("lets one work at a time", async () => {
    const lock = join(folder, ".lock");
    const order: string[] = [];
    const work = (name: string) => () =>
      withFileLock(lock, async () => {
        order.push(`${name} begins`);
        await new Promise(setImmediate);
        order.push(`${name} ends`);
      });
    await Promise.all([work("one")(), work("two")()]);
    expect(order).toHaveLength(4);
    expect(order[1]).toBe(order[0]?.replace("begins", "ends"));
  });

  it("says which lock is held when it does not come free, and leaves it alone", async () => {
    const lock = join(folder, ".lock");
    await withFileLock(lock, async () => {
      const second = withFileLock(lock, async () => "never", { patienceMs: 100 });
      await expect(second).rejects.toMatchObject({
        code: "file-locked",
        message: expect.stringContaining(lock),
      });
    });
    expect(await withFileLock(lock, async () => "free again")).toBe("free again");
  });

  it("gives the lock back when the work fails", async () => {
    const lock = join(folder, ".lock");
    const failing = withFileLock(lock, () => Promise.reject(new RangeError("of its own")));
    await expect(failing).rejects.toThrow(RangeError);
    expect(await withFileLock(lock, async () => "free", { patienceMs: 0 })).toBe("free");
  });
});
