import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { withLock, withLockShown } from "../../tools/lock.mjs";
import { identifyProcess, processTag } from "../../tools/process.mjs";
import { ended, printed, script, temporaryCache, temporaryFolder } from "./helpers.ts";

afterEach(() => vi.unstubAllEnvs());

const HOLD = `await m.withLock("x", {}, async () => { console.log("held"); await new Promise((r) => setTimeout(r, 60_000)); });`;

describe("withLock", () => {
  it("returns what the work returns and leaves the lock free, also after an error", async () => {
    temporaryCache();
    expect(await withLock("x", {}, async () => 7)).toBe(7);
    const failing = withLock("x", {}, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    expect(await withLock("x", {}, async () => 8)).toBe(8);
  });

  it("waits for a live owner and tells its process id", async () => {
    temporaryCache();
    const owner = script("lock.mjs", HOLD);
    await printed(owner, "held");
    const waitedFor: number[] = [];
    const onWait = (pid: number) => {
      waitedFor.push(pid);
      // What the owner does when it is done is tried below; here it just dies.
      if (waitedFor.length === 3) owner.kill("SIGKILL");
    };
    await withLock("x", { onWait }, async () => {});
    expect(waitedFor.length).toBeGreaterThanOrEqual(3);
    expect(new Set(waitedFor)).toEqual(new Set([owner.pid]));
  });

  it("takes over at once when the owner is dead", async () => {
    const cache = temporaryCache();
    const owner = script("lock.mjs", HOLD);
    await printed(owner, "held");
    owner.kill("SIGKILL");
    await ended(owner);
    const onWait = vi.fn();
    await withLock("x", { onWait }, async () => {
      expect(readdirSync(path.join(cache, "locks", "x"))).toHaveLength(1);
    });
    expect(onWait).not.toHaveBeenCalled();
  });

  it("takes over when the owner's process id belongs to another process by now", async () => {
    const cache = temporaryCache();
    const dir = path.join(cache, "locks", "x");
    mkdirSync(dir, { recursive: true });
    writeFileSync(path.join(dir, "5"), processTag({ ...identifyProcess(), start: "1" }));
    const onWait = vi.fn();
    await withLock("x", { onWait }, async () => {
      expect(readdirSync(dir)).toEqual(["6"]);
    });
    expect(onWait).not.toHaveBeenCalled();
  });

  it("waits for an owner on another machine that gave a sign of life", async () => {
    const cache = temporaryCache();
    const dir = path.join(cache, "locks", "x");
    mkdirSync(dir, { recursive: true });
    const file = path.join(dir, "1");
    writeFileSync(file, processTag({ host: "elsewhere", pid: 4, start: "1" }));
    const onWait = vi.fn(() => writeFileSync(file, "released"));
    await withLock("x", { onWait }, async () => {});
    expect(onWait).toHaveBeenCalledWith(4);
  });

  it("lets one process in at a time when many want in and some are killed", async () => {
    temporaryCache();
    const counter = path.join(temporaryFolder(), "counter");
    writeFileSync(counter, "0");
    const count = (dies: boolean) =>
      script(
        "lock.mjs",
        `const fs = await import("node:fs");
         const file = ${JSON.stringify(counter)};
         for (let i = 0; i < 4; i += 1) {
           await m.withLock("x", {}, async () => {
             const n = Number(fs.readFileSync(file, "utf8"));
             await new Promise((r) => setTimeout(r, 20));
             if (${dies} && i === 2) process.kill(process.pid, "SIGKILL");
             fs.writeFileSync(file, String(n + 1));
           });
         }`,
      );
    const children = [count(false), count(true), count(false), count(true)];
    expect(await Promise.all(children.map(ended))).toEqual([0, -1, 0, -1]);
    expect(readFileSync(counter, "utf8")).toBe("12");
  }, 60_000);
});

describe("withLockShown", () => {
  it("shows that it waits, for whom, and that the wait is over", async () => {
    temporaryCache();
    const owner = script("lock.mjs", HOLD);
    await printed(owner, "held");
    const shown: string[] = [];
    const step = (label: string) => {
      shown.push(label);
      owner.kill("SIGKILL");
      return { update: () => {}, fail: () => {}, done: (text: string) => void shown.push(text) };
    };
    await withLockShown("x", "crane", { step, note: () => {} }, async () => {});
    expect(shown).toEqual([
      `crane: waiting for process ${owner.pid}, which sets up tools`,
      "it is done",
    ]);
  });
});
