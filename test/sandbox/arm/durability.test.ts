import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ArmControl, armControl } from "../../../sandbox/arm/control.ts";
import type { SandboxPorts } from "../../../sandbox/contract.ts";
import { createCertificate } from "../../../sandbox/tls.ts";
import { freePort } from "../../fixtures/ports.ts";
import { APP_VERSION, GROUP } from "./fixture.ts";
import {
  ACCOUNT,
  app,
  appBody,
  ENVIRONMENT,
  LOCATION,
  REGISTRY,
  REGISTRY_VERSION,
  SHARES,
  STORAGE_VERSION,
  share,
  TASK_VERSION,
  taskBody,
} from "./world.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));

let stateDir: string;
let options: {
  stateDir: string;
  ports: SandboxPorts;
  tls: { key: string; cert: string };
  gate: string;
};
let child: ChildProcess;
let control: ArmControl;

beforeEach(async () => {
  stateDir = mkdtempSync(path.join(tmpdir(), "arm-kill-"));
  const [arm, identity, registry, git] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  options = {
    stateDir,
    ports: { arm, identity, registry, git },
    tls: await createCertificate(),
    gate: path.join(stateDir, "gate"),
  };
  await start();
  await put(GROUP, LOCATION);
});
afterEach(async () => {
  await kill();
  rmSync(stateDir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  child = spawn(process.execPath, ["--import", "tsx", CHILD, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (data) => resolve(String(data)));
    child.once("exit", () => reject(new Error("the endpoint did not start")));
  });
  const { endpoint, identityHeader } = JSON.parse(line) as {
    endpoint: string;
    identityHeader: string;
  };
  control = armControl({
    endpoint,
    identityPort: options.ports.identity,
    identityHeader,
    ca: options.tls.cert,
  });
}

async function kill(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

const call = async (method: string, at: string, body?: unknown, version = APP_VERSION) => {
  const answer = await control.send(
    method,
    `${at}${at.includes("?") ? "&" : "?"}api-version=${version}`,
    body,
  );
  return {
    status: answer.status,
    headers: answer.headers,
    body: answer.body === "" ? undefined : JSON.parse(answer.body),
  };
};
const put = (at: string, body: unknown, version?: string) => call("PUT", at, body, version);

async function until<T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (done(value)) return value;
  }
}

const state = async (at: string, version?: string) =>
  (await call("GET", at, undefined, version)).body?.properties?.provisioningState;

async function withAccount(): Promise<void> {
  await put(
    ACCOUNT,
    { ...LOCATION, kind: "FileStorage", sku: { name: "Premium_LRS" } },
    STORAGE_VERSION,
  );
  await until(
    () => state(ACCOUNT, STORAGE_VERSION),
    (s) => s === "Succeeded",
  );
}

describe("a process that is killed", () => {
  it("loses no acknowledged write, whenever the kill comes", async () => {
    await withAccount();
    const acknowledged: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      // Four writers at once, and a kill in the middle of them.
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let n = 0; ; n += 1) {
          const name = `s${round}-${writer}-${n}`;
          const answer = await put(
            share(name),
            { properties: { shareQuota: 100 + n } },
            STORAGE_VERSION,
          ).catch(() => undefined);
          if (answer === undefined) return;
          expect(answer.status).toBe(201);
          acknowledged.push(name);
        }
      });
      const count = acknowledged.length;
      await until(
        async () =>
          new Promise<number>((resolve) => setTimeout(() => resolve(acknowledged.length), 5)),
        (now) => now >= count + 20 + round * 7,
      );
      await kill();
      await Promise.all(writers);
      await start();
      const list = await call("GET", SHARES, undefined, STORAGE_VERSION);
      const names = new Set(list.body.value.map((found: { name: string }) => found.name));
      expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
      // At most the write that each of four writers had under way is there beside them.
      expect(names.size - acknowledged.length).toBeLessThanOrEqual(4 * (round + 1));
    }
    expect(acknowledged.length).toBeGreaterThan(80);
  });

  it("loses no write that a fault kills it after, and the log has its line", async () => {
    await withAccount();
    const pid = await control.pid();
    for (const name of ["one", "two", "three"]) {
      await control.addFault({
        method: "PUT",
        match: `/shares/${name}$`,
        count: 1,
        when: "after",
        action: { kill: await control.pid(), afterAcknowledge: true },
      });
      const gone = new Promise((resolve) => child.once("exit", resolve));
      expect((await put(share(name), { properties: {} }, STORAGE_VERSION)).status).toBe(201);
      await gone;
      await start();
      expect((await call("GET", share(name), undefined, STORAGE_VERSION)).status).toBe(200);
      const lines = (await control.requests()).filter(
        (line) => line.id === share(name) && line.method === "PUT",
      );
      expect(lines).toMatchObject([{ outcome: "acknowledged", applied: true, status: 201 }]);
    }
    expect(await control.pid()).not.toBe(pid);
    const numbers = (await control.requests()).map((line) => line.seq);
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });

  it("carries on with the operations that were under way", async () => {
    await put(ENVIRONMENT, { ...LOCATION, properties: {} });
    await until(
      () => state(ENVIRONMENT),
      (s) => s === "Succeeded",
    );
    await put(app("goner"), appBody());
    await until(
      () => state(app("goner")),
      (s) => s === "Succeeded",
    );
    await control.changeSettings({ operationLatencyMs: { min: 60_000, max: 60_000 } });
    const made = await put(app("fresh"), appBody());
    const deleted = await call("DELETE", app("goner"));
    const account = await put(
      ACCOUNT,
      { ...LOCATION, kind: "FileStorage", sku: { name: "Premium_LRS" } },
      STORAGE_VERSION,
    );
    expect([made.status, deleted.status, account.status]).toEqual([201, 202, 202]);
    expect(await state(app("fresh"))).toBe("InProgress");
    await kill();
    await start();
    const poll =
      String(made.headers["azure-asyncoperation"])
        .replace(/^https:\/\/[^/]+/, "")
        .split("?")[0] ?? "";
    await until(
      async () => (await call("GET", poll)).body.status,
      (s) => s !== "InProgress",
    );
    expect((await call("GET", poll)).body.status).toBe("Succeeded");
    expect(await state(app("fresh"))).toBe("Succeeded");
    await until(
      async () => (await call("GET", app("goner"))).status,
      (s) => s === 404,
    );
    await until(
      () => state(ACCOUNT, STORAGE_VERSION),
      (s) => s === "Succeeded",
    );
  });

  it("ends a run that was under way as Error, keeps its log, and never runs it again", async () => {
    await put(REGISTRY, { ...LOCATION, sku: { name: "Basic" } }, REGISTRY_VERSION);
    await until(
      () => state(REGISTRY, REGISTRY_VERSION),
      (s) => s === "Succeeded",
    );
    await put(`${REGISTRY}/tasks/build`, taskBody(), TASK_VERSION);
    const schedule = () =>
      call(
        "POST",
        `${REGISTRY}/scheduleRun`,
        { type: "TaskRunRequest", taskId: `${REGISTRY}/tasks/build` },
        TASK_VERSION,
      );
    const run = async (id: string) =>
      (await call("GET", `${REGISTRY}/runs/${id}`, undefined, TASK_VERSION)).body.properties;
    expect((await schedule()).body.name).toBe("ca1");
    await until(
      async () => (await run("ca1")).status,
      (s) => s === "Running",
    );
    await kill();
    writeFileSync(options.gate, "");
    await start();
    expect(await run("ca1")).toMatchObject({
      status: "Error",
      runErrorMessage: "The agent that ran it was lost.",
    });
    expect(readFileSync(path.join(stateDir, "logs", "myreg", "ca1.log"), "utf8")).toBe(
      "started ca1\n",
    );
    // The number goes on: a run's id is never given twice.
    expect((await schedule()).body.name).toBe("ca2");
    await until(
      async () => (await run("ca2")).status,
      (s) => s === "Succeeded",
    );
    expect(readFileSync(`${options.gate}.runs`, "utf8")).toBe("ca1\nca2\n");
  });

  it("reads a log whose last line was torn", async () => {
    expect(await control.requests()).toHaveLength(1);
    await kill();
    appendFileSync(path.join(stateDir, "requests.jsonl"), '{"seq":99,"meth');
    await start();
    await call("GET", GROUP);
    const lines = await control.requests();
    expect(lines.map((line) => line.seq)).toEqual([1, 2]);
  });
});
