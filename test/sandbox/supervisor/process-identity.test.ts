import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { endProcess, identify, isAlive } from "../../../sandbox/supervisor/process-identity.ts";
import { freePort } from "../../fixtures/ports.ts";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function start(script: string) {
  const child = spawn(process.execPath, ["-e", `${script}; console.log("up")`]);
  children.push(child);
  await once(child.stdout, "data");
  const identity = child.pid === undefined ? undefined : await identify(child.pid);
  if (identity === undefined) throw new Error("the child did not start");
  return { child, identity };
}

/** Ends slowly: its threads have much memory to give back. Says when it listens. */
const HOLDS_A_PORT = `
  const { Worker } = require("node:worker_threads");
  const hold = "const held = []; for (let i = 0; i < 40; i++) held.push(Buffer.alloc(1e6, 1)); for (;;);";
  for (let i = 0; i < 4; i++) new Worker(hold, { eval: true });
  const server = require("node:net").createServer();
  server.listen(process.argv[1], "127.0.0.1", () => setTimeout(() => console.log("up"), 300))`;
const STAY = "setInterval(() => {}, 1e6)";

describe("process identity", () => {
  it("is alive until the process ends", async () => {
    const { child, identity } = await start(STAY);
    expect(await isAlive(identity)).toBe(true);
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    expect(await isAlive(identity)).toBe(false);
  });

  it("is alive while a thread of the killed process still holds its port", async () => {
    const port = await freePort();
    const child = spawn(process.execPath, ["-e", HOLDS_A_PORT, String(port)]);
    children.push(child);
    await once(child.stdout, "data");
    const identity = await identify(child.pid ?? 0);
    if (identity === undefined) throw new Error("the child did not start");
    child.kill("SIGKILL");
    while (await isAlive(identity));
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
  });

  it("is not that of a later process with the same id", async () => {
    const { child, identity } = await start(STAY);
    const earlier = { ...identity, startTime: `${identity.startTime}0` };
    expect(await isAlive(earlier)).toBe(false);
    await endProcess(earlier, 1_000);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    expect(await isAlive(identity)).toBe(true);
  });

  it("reads the start time of a process whose name looks like fields", async () => {
    const { identity } = await start(`process.title = "a) R 1 2 3 4 ("; ${STAY}`);
    const again = await identify(identity.pid);
    expect(again?.startTime).toMatch(/^[0-9a-f-]{36}:\d{3,}$/);
    expect(await isAlive(identity)).toBe(true);
  });

  it("ends a process politely when it listens", async () => {
    const { child, identity } = await start(
      `process.on("SIGTERM", () => process.exit(7)); ${STAY}`,
    );
    await endProcess(identity, 5_000);
    expect(await isAlive(identity)).toBe(false);
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).toBe(7);
  });

  it("ends a process by force when it does not listen", async () => {
    const { child, identity } = await start(`process.on("SIGTERM", () => {}); ${STAY}`);
    await endProcess(identity, 300);
    if (child.signalCode === null) await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");
  });
});
