import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { EngineFailure } from "../../cli/engine/process.ts";
import { unlocked } from "../../cli/up/locked.ts";

describe("unlocked", () => {
  it("removes the lock of an owner that is gone, and does the work again", async () => {
    const owner = sleeper();
    owner.kill("SIGKILL");
    await once(owner, "exit");
    const { file, work, tries } = await locked(owner);
    expect(await unlocked("dev", () => {}, work)).toBe("done");
    expect(existsSync(file)).toBe(false);
    expect(tries()).toBe(2);
  });

  it("is refused while the owner lives, and leaves its lock", async () => {
    const owner = sleeper();
    const { file, work } = await locked(owner);
    await expect(unlocked("dev", () => {}, work)).rejects.toMatchObject({
      code: "engine-locked",
      message: expect.stringContaining(`(pid ${owner.pid})`),
    });
    expect(existsSync(file)).toBe(true);
  });

  it("waits for an owner that lives when it is told to, and says so once", async () => {
    const owner = sleeper();
    const { work, tries } = await locked(owner);
    const notes: string[] = [];
    const note = (line: string) => {
      notes.push(line);
      owner.kill("SIGKILL");
    };
    expect(await unlocked("dev", note, work, { wait: true })).toBe("done");
    expect(notes[0]).toContain(`waiting for somebody@${hostname()} (pid ${owner.pid})`);
    expect(notes.filter((line) => line.includes("waiting"))).toHaveLength(1);
    expect(tries()).toBe(2);
  });

  it("goes on when the owner has given the lock back meanwhile", async () => {
    const owner = sleeper();
    const { file, work, tries } = await locked(owner);
    const note = () => void rm(file);
    expect(await unlocked("dev", note, work, { wait: true })).toBe("done");
    expect(owner.exitCode).toBeNull();
    expect(tries()).toBe(2);
  });

  it("does not wait for an owner on another machine", async () => {
    const owner = sleeper();
    const { work } = await locked(owner, "elsewhere");
    await expect(unlocked("dev", () => {}, work, { wait: true })).rejects.toMatchObject({
      code: "engine-locked",
      message: expect.stringContaining("pulumi cancel"),
    });
  });
});

function sleeper(): ChildProcess {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Work that fails as the engine does while a lock file is there. */
async function locked(owner: ChildProcess, host = hostname()) {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-locked-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, "lock.json");
  writeFileSync(file, "{}");
  const since = new Date().toISOString();
  const url = `${pathToFileURL(file).href}?no_tmp_dir=true`;
  let count = 0;
  const work = async () => {
    count += 1;
    if (!existsSync(file) || count > 3) return "done";
    throw new EngineFailure(["up"], {
      stdout: "",
      stderr: `error: the stack is currently locked by 1 lock(s).\n  ${url}: created by somebody@${host} (pid ${owner.pid}) at ${since}`,
      code: 255,
    });
  };
  return { file, work, tries: () => count };
}
