import { describe, expect, it } from "vitest";
import type { RequestLogEntry } from "../../sandbox/arm/core/requestLog.ts";
import { ordersOf, replay, tookEffect } from "./request-log.ts";

const ID = "/subscriptions/s/resourceGroups/G";

function line(method: string, change: Partial<RequestLogEntry> = {}): RequestLogEntry {
  const rest = { seq: 1, time: "", id: ID, apiVersion: "", status: 201, write: true };
  return { ...rest, method, outcome: "acknowledged", ...change };
}

describe("tookEffect", () => {
  it.each([
    ["an acknowledged write", line("PUT"), true],
    ["a read", line("GET", { write: false, status: 200 }), false],
    ["a refused write", line("PUT", { status: 409 }), false],
    [
      "a write that the fault let happen",
      line("PUT", { fault: "f", applied: true, outcome: "dropped" }),
      true,
    ],
    [
      "a write that the fault kept away",
      line("PUT", { fault: "f", applied: false, status: 0 }),
      false,
    ],
    ["a write whose client went away", line("PUT", { outcome: "dropped" }), true],
  ])("tells %s", (_what, entry, expected) => {
    expect(tookEffect(entry)).toBe(expected);
  });
});

describe("replay", () => {
  it("counts a PUT of what is there as an update, whatever its capitals", () => {
    const log = [line("PUT"), line("PUT", { id: ID.toLowerCase() })];
    expect(replay(log).get(ID.toLowerCase())).toEqual({ creates: 1, updates: 1, deletes: 0 });
  });

  it("counts a second create after a delete", () => {
    const log = [line("PUT"), line("DELETE", { status: 202 }), line("PUT")];
    expect(replay(log).get(ID.toLowerCase())).toEqual({ creates: 2, updates: 0, deletes: 1 });
  });

  it("counts no delete of what is not there", () => {
    expect(replay([line("PUT"), line("DELETE", { status: 204 })]).get(ID.toLowerCase())).toEqual({
      creates: 1,
      updates: 0,
      deletes: 0,
    });
  });
});

describe("ordersOf", () => {
  it("finds the runs that were ordered, and those alone", () => {
    const order = line("POST", { id: `${ID}/registries/r/scheduleRun`, status: 200 });
    const keys = line("POST", { id: `${ID}/listKeys`, status: 200, write: false });
    expect(ordersOf([order, keys, { ...order, fault: "f", applied: false }])).toEqual([order]);
  });
});
