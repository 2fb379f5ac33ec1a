import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RequestLogEntry } from "../../../sandbox/arm/core/requestLog.ts";
import { type Fixture, GROUP, startFixture, withGroup } from "./fixture.ts";
import {
  app,
  appBody,
  errorCode,
  LOCATION,
  putShare,
  STORAGE_VERSION,
  share,
  withAccount,
  withEnvironment,
} from "./world.ts";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
  await withEnvironment(fixture);
  await withAccount(fixture);
});
afterEach(() => fixture.control.clearFaults());
afterAll(() => fixture.stop());

const exists = async (name: string) =>
  (await fixture.call("GET", share(name), undefined, STORAGE_VERSION)).status === 200;
const refusal = { status: 503, code: "ServiceUnavailable", message: "try later" };

/** The last line about a path; the log is written when the answer ends, so it is waited for. */
async function logged(suffix: string, count = 1): Promise<RequestLogEntry[]> {
  for (;;) {
    const lines = (await fixture.control.requests()).filter((line) => line.id.endsWith(suffix));
    if (lines.length >= count) return lines;
  }
}

describe("faults", () => {
  it("refuses before the write takes effect, as often as told", async () => {
    const fault = await fixture.control.addFault({
      method: "PUT",
      match: "/shares/before",
      count: 2,
      when: "before",
      action: { ...refusal, retryAfter: 7 },
    });
    const first = await putShare(fixture, "before");
    expect(errorCode(first)).toEqual([503, "ServiceUnavailable"]);
    expect(first.headers["retry-after"]).toBe("7");
    expect(errorCode(await putShare(fixture, "before"))).toEqual([503, "ServiceUnavailable"]);
    expect(await exists("before")).toBe(false);
    expect((await putShare(fixture, "before")).status).toBe(201);
    expect(await fixture.control.faults()).toMatchObject([{ id: fault.id, met: 2 }]);
    const lines = (await logged("/shares/before", 4)).filter((line) => line.method === "PUT");
    expect(lines).toMatchObject([
      { status: 503, outcome: "fault", fault: fault.id, applied: false, write: true },
      { status: 503, outcome: "fault", fault: fault.id, applied: false, write: true },
      { status: 201, outcome: "acknowledged" },
    ]);
  });

  it("refuses after the write took effect", async () => {
    await fixture.control.addFault({
      method: "PUT",
      match: "/shares/after$",
      count: 1,
      when: "after",
      action: refusal,
    });
    expect(errorCode(await putShare(fixture, "after"))).toEqual([503, "ServiceUnavailable"]);
    expect(await exists("after")).toBe(true);
    const [line] = await logged("/shares/after");
    expect(line).toMatchObject({ outcome: "fault", applied: true, status: 503 });
  });

  it("cuts the connection, before and after", async () => {
    await fixture.control.addFault({
      method: "PUT",
      match: "/shares/cut",
      count: 1,
      when: "before",
      action: { drop: true },
    });
    await expect(putShare(fixture, "cut")).rejects.toThrow("socket hang up");
    expect(await exists("cut")).toBe(false);
    await fixture.control.addFault({
      method: "*",
      match: "/shares/cut",
      count: 1,
      when: "after",
      action: { drop: true },
    });
    await expect(putShare(fixture, "cut")).rejects.toThrow("socket hang up");
    expect(await exists("cut")).toBe(true);
    const lines = (await logged("/shares/cut", 4)).filter((line) => line.method === "PUT");
    expect(lines).toMatchObject([
      { outcome: "dropped", applied: false },
      { outcome: "dropped", applied: true },
    ]);
  });

  it("delays", async () => {
    await fixture.control.addFault({
      method: "PUT",
      match: "/shares/slow",
      count: 1,
      when: "before",
      action: { delayMs: 300 },
    });
    const start = performance.now();
    expect((await putShare(fixture, "slow")).status).toBe(201);
    expect(performance.now() - start).toBeGreaterThanOrEqual(299);
  });

  it("logs a client that went away as dropped, with the write applied", async () => {
    await fixture.control.addFault({
      method: "PUT",
      match: "/shares/gone",
      count: 1,
      when: "after",
      action: { delayMs: 5_000 },
    });
    const script = `
      const https = require("node:https");
      const sent = https.request(process.argv[1], { method: "PUT", rejectUnauthorized: false, headers: { authorization: process.argv[2], "content-type": "application/json" } });
      sent.end('{"properties":{}}');`;
    const url = `${fixture.arm.endpoint}${share("gone")}?api-version=${STORAGE_VERSION}`;
    const child = spawn(process.execPath, [
      "-e",
      script,
      url,
      `Bearer ${await fixture.control.token()}`,
    ]);
    await expect.poll(() => exists("gone"), { timeout: 60_000 }).toBe(true);
    child.kill("SIGKILL");
    const written = async () =>
      (await logged("/shares/gone")).filter(({ method }) => method === "PUT");
    await expect.poll(written).toMatchObject([{ outcome: "dropped", status: 201, applied: true }]);
  });

  it.each([
    ["after the answer is out", true, "after", "acknowledged"],
    ["instead of the answer, with the write applied", false, "after", "dropped"],
    ["instead of the answer and the write", false, "before", "dropped"],
  ] as const)("kills a process %s", async (_what, afterAcknowledge, when, outcome) => {
    const name = `kill-${when}-${afterAcknowledge}`;
    const child = spawn("sleep", ["60"], { detached: true });
    const died = new Promise<string | null>((resolve) =>
      child.once("exit", (_code, signal) => resolve(signal)),
    );
    const kill = -(child.pid ?? 0);
    await fixture.control.addFault({
      method: "PUT",
      match: `/shares/${name}$`,
      count: 1,
      when,
      action: { kill, afterAcknowledge },
    });
    const put = putShare(fixture, name).then(
      (answer) => answer.status,
      (error: Error) => error.message,
    );
    expect(await put).toBe(afterAcknowledge ? 201 : "socket hang up");
    expect(await died).toBe("SIGKILL");
    expect(await exists(name)).toBe(when === "after");
    const [line] = await logged(`/shares/${name}`);
    expect(line).toMatchObject({ outcome, applied: when === "after" });
  });

  it("kills several processes at once", async () => {
    const children = [0, 1].map(() => spawn("sleep", ["60"], { detached: true }));
    const died = children.map(
      (child) =>
        new Promise<string | null>((resolve) => child.once("exit", (_, signal) => resolve(signal))),
    );
    await fixture.control.addFault({
      method: "PUT",
      match: "/shares/two$",
      count: 1,
      when: "after",
      action: { kill: children.map(({ pid = 0 }) => -pid), afterAcknowledge: true },
    });
    expect((await putShare(fixture, "two")).status).toBe(201);
    expect(await Promise.all(died)).toEqual(["SIGKILL", "SIGKILL"]);
  });

  it("lets as many pass first as it is told to skip", async () => {
    await fixture.control.addFault({
      method: "PUT",
      match: "/shares/skip-",
      skip: 2,
      count: 1,
      when: "before",
      action: refusal,
    });
    const statuses: number[] = [];
    for (const name of ["skip-a", "skip-b", "skip-c", "skip-d"]) {
      statuses.push((await putShare(fixture, name)).status);
    }
    expect(statuses).toEqual([201, 201, 503, 201]);
  });

  it("meets polls and reads too", async () => {
    await fixture.control.addFault({
      method: "GET",
      match: "containerappOperationStatuses",
      count: 1,
      when: "before",
      action: { status: 500, code: "InternalServerError", message: "x" },
    });
    const put = await fixture.call("PUT", app("polled"), appBody());
    const poll = String(put.headers["azure-asyncoperation"]).slice(fixture.arm.endpoint.length);
    expect((await fixture.call("GET", poll)).status).toBe(500);
    expect((await fixture.call("GET", poll)).body.status).toBe("Succeeded");
  });

  it.each([
    ["everything signalled", { action: { kill: -1, afterAcknowledge: true } }],
    ["everything signalled among others", { action: { kill: [-1], afterAcknowledge: true } }],
    ["an unknown action", { action: { explode: true } }],
    ["a bad expression", { match: "(" }],
    ["a count of nothing", { count: 0 }],
    ["a status that is no error", { action: { status: 200, code: "a", message: "b" } }],
  ])("refuses a fault with %s", async (_what, change) => {
    const spec = {
      method: "PUT",
      match: "x",
      count: 1,
      when: "before",
      action: { drop: true },
      ...change,
    };
    await expect(fixture.control.addFault(spec as never)).rejects.toThrow("InvalidControlRequest");
    expect(await fixture.control.faults()).toEqual([]);
  });

  it("changes only settings that there are", async () => {
    await expect(fixture.control.changeSettings({ speed: 1 } as never)).rejects.toThrow(
      "unknown setting: speed",
    );
  });
});

describe("the request log", () => {
  it("has a line per request, numbered without gaps over restarts, reads told from writes", async () => {
    const before = (await fixture.control.requests()).at(-1)?.seq ?? 0;
    await fixture.call("GET", GROUP);
    await fixture.restart();
    await fixture.call("PUT", GROUP, LOCATION);
    await fixture.call(
      "POST",
      `${GROUP}/providers/Microsoft.Storage/storageAccounts/acct/listKeys`,
      undefined,
      STORAGE_VERSION,
    );
    await fixture.call("PUT", app("BAD"), appBody());
    await fixture.control.send("PUT", `${app("unread")}?api-version=x`, "text");
    const lines = (await fixture.control.requests(before)).map(
      ({ time: _time, apiVersion: _version, ...line }) => line,
    );
    expect(lines).toEqual([
      {
        seq: before + 1,
        method: "GET",
        id: GROUP,
        status: 200,
        write: false,
        outcome: "acknowledged",
      },
      {
        seq: before + 2,
        method: "PUT",
        id: GROUP,
        status: 200,
        write: true,
        outcome: "acknowledged",
      },
      {
        seq: before + 3,
        method: "POST",
        id: `${GROUP}/providers/Microsoft.Storage/storageAccounts/acct/listKeys`,
        status: 200,
        write: false,
        outcome: "acknowledged",
      },
      {
        seq: before + 4,
        method: "PUT",
        id: app("BAD"),
        status: 400,
        write: true,
        outcome: "acknowledged",
      },
      {
        seq: before + 5,
        method: "PUT",
        id: app("unread"),
        status: 400,
        write: true,
        outcome: "acknowledged",
      },
    ]);
  });

  it("names the operation that a write started and a poll asked for", async () => {
    const put = await fixture.call("PUT", app("traced"), appBody());
    const operation =
      String(put.headers["azure-asyncoperation"]).split("/").at(-1)?.split("?")[0] ?? "";
    await fixture.call(
      "GET",
      String(put.headers["azure-asyncoperation"]).slice(fixture.arm.endpoint.length),
    );
    const lines = (await logged(operation)).concat(await logged("/traced"));
    expect(lines.map((line) => line.operation)).toEqual([operation, operation]);
  });

  it("is plain lines of JSON in the state folder", () => {
    const text = readFileSync(path.join(fixture.stateDir, "requests.jsonl"), "utf8");
    for (const line of text.trimEnd().split("\n")) expect(JSON.parse(line)).toHaveProperty("seq");
  });
});
