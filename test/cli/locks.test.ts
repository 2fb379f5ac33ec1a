import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { judgeLock, localWorld, parseLocks, removeLock } from "../../cli/engine/locks.ts";

const MESSAGE = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/slipway/dev/50ec.json?no_tmp_dir=true: created by ann@build (pid 27304) at 2026-11-21T09:33:07Z
  file:///state/.pulumi/locks/organization/slipway/dev/61fd.json?no_tmp_dir=true: created by b@c@laptop (pid 12) at 2026-11-21T09:34:00Z`;

const NOW = new Date("2026-11-21T09:33:07Z");

describe("parseLocks", () => {
  it("reads every lock that the engine names", () => {
    const locks = parseLocks(MESSAGE);
    expect(locks.map(({ user, host, pid }) => [user, host, pid])).toEqual([
      ["ann", "build", 27304],
      ["b@c", "laptop", 12],
    ]);
    expect(locks[0]?.since).toEqual(NOW);
  });

  it("finds none where the engine says something else", () => {
    expect(parseLocks("error: x: created by a@b (pid 1) at 2026-11-21T09:33:07Z")).toEqual([]);
  });
});

describe("judgeLock", () => {
  const lock = { url: "file:///l.json", user: "u", host: "here", pid: 7, since: NOW };
  const started = (date: Date | undefined) => ({ host: "here", startOf: () => date });

  it("is dead when no process has the owner's number", () => {
    expect(judgeLock(lock, started(undefined))).toBe("dead");
  });

  it("is dead when the process of that number started after the lock was taken", () => {
    expect(judgeLock(lock, started(new Date(NOW.getTime() + 60_000)))).toBe("dead");
  });

  it("is alive when the process started before", () => {
    expect(judgeLock(lock, started(new Date(NOW.getTime() - 1_000)))).toBe("alive");
  });

  it("is not for this machine to tell when the owner is on another", () => {
    expect(judgeLock({ ...lock, host: "there" }, started(undefined))).toBe("foreign");
  });

  it("tells real processes apart, before and after they end", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
    const world = localWorld();
    const mine = { ...lock, host: world.host, pid: child.pid ?? 0, since: new Date() };
    expect(judgeLock(mine, world)).toBe("alive");
    const yesterday = new Date(Date.now() - 86_400_000);
    expect(judgeLock({ ...mine, since: yesterday }, world)).toBe("dead");
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    expect(judgeLock(mine, world)).toBe("dead");
  });
});

describe("removeLock", () => {
  const lock = { user: "u", host: "h", pid: 1, since: NOW };

  it("removes one lock file and no other", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "slipway locks "));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [dead, live] = ["dead.json", "live.json"].map((name) => path.join(folder, name));
    for (const file of [dead, live]) writeFileSync(file ?? "", "{}");
    const url = `${pathToFileURL(dead ?? "").href}?no_tmp_dir=true`;
    expect(await removeLock({ ...lock, url })).toBe(true);
    expect(existsSync(dead ?? "")).toBe(false);
    expect(existsSync(live ?? "")).toBe(true);
  });

  it("leaves a lock in a bucket to its owner", async () => {
    expect(await removeLock({ ...lock, url: "azblob://state/l.json" })).toBe(false);
  });
});
