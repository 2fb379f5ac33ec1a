import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FaultSpec } from "../../sandbox/arm/core/faults.ts";
import type { TaskRunRequest } from "../../sandbox/contract.ts";
import type { Fixture } from "../sandbox/arm/fixture.ts";
import {
  buildOf,
  inputsOf,
  pushAsTask,
  REGISTRY_ID,
  type RunningPlugin,
  type RunWorld,
  scheduledRuns,
  startPlugin,
  startRunWorld,
} from "./builds-fixture.ts";

let world: RunWorld;
let fixture: Fixture;
let plugin: RunningPlugin;
let before: number;

beforeAll(async () => {
  world = await startRunWorld();
  fixture = world.fixture;
});

afterAll(() => world?.close());

beforeEach(async () => {
  fixture.runner = world.pusher;
  plugin = await startPlugin(world.env);
  before = scheduledRuns(fixture);
});

afterEach(async () => {
  await plugin.kill();
  await fixture.control.send("DELETE", "/_sandbox/faults");
});

describe("a run that was interrupted", () => {
  it("is waited for by the next plugin when the first was killed while it ran", async () => {
    const gate = holdRuns();
    const build = buildOf("2.0.0");
    const lost = plugin.create(inputsOf(build)).catch((error: Error) => error);
    const request = await gate.started;
    await plugin.kill("SIGKILL");
    expect(await lost).toBeInstanceOf(Error);

    plugin = await startPlugin(world.env);
    const polled = await pollsOf(request.runId);
    const created = plugin.create(inputsOf(build));
    // It ends only after the second plugin has found it.
    await expect.poll(() => pollsOf(request.runId), { timeout: 20_000 }).toBeGreaterThan(polled);
    await gate.released();
    const { outs } = await created;
    expect(outs).toMatchObject({ adopted: true, runId: request.runId });
    expect(scheduledRuns(fixture)).toBe(before + 1);
  });

  it("is scheduled again when the run that was waited for has failed", async () => {
    const gate = holdRuns();
    const build = buildOf("2.1.0");
    const lost = plugin.create(inputsOf(build)).catch((error: Error) => error);
    const first = await gate.started;
    await plugin.kill("SIGKILL");
    await lost;

    plugin = await startPlugin(world.env);
    const created = plugin.create(inputsOf(build));
    await fixture.call(
      "POST",
      `${REGISTRY_ID}/runs/${first.runId}/cancel`,
      undefined,
      "2019-06-01-preview",
    );
    fixture.runner = world.pusher;
    const { outs } = await created;
    expect(outs).toMatchObject({ adopted: false });
    expect(outs.runId).not.toBe(first.runId);
    expect(scheduledRuns(fixture)).toBe(before + 2);
  });

  it("lets runs of other releases be under way at the same time", async () => {
    const gate = holdRuns();
    const one = plugin.create(inputsOf(buildOf("2.2.0")));
    await gate.started;
    fixture.runner = world.pusher;
    const { outs } = await plugin.create(inputsOf(buildOf("2.2.1")));
    expect(outs).toMatchObject({ version: "2.2.1", adopted: false });
    await gate.released();
    expect((await one).outs).toMatchObject({ version: "2.2.0", adopted: false });
    expect(scheduledRuns(fixture)).toBe(before + 2);
  });

  it("does not wait for a run of another release that an earlier plugin left", async () => {
    const gate = holdRuns();
    const lost = plugin.create(inputsOf(buildOf("2.4.0"))).catch((error: Error) => error);
    await gate.started;
    await plugin.kill("SIGKILL");
    await lost;

    plugin = await startPlugin(world.env);
    fixture.runner = world.pusher;
    const { outs } = await plugin.create(inputsOf(buildOf("2.4.1")));
    expect(outs).toMatchObject({ version: "2.4.1", adopted: false });
    await gate.released();
  });

  it("stops waiting at once when the engine cancels, and leaves the run alone", async () => {
    const gate = holdRuns();
    const build = buildOf("2.3.0");
    const created = plugin.create(inputsOf(build)).then(
      () => expect.fail("it succeeded"),
      (error: Error) => error,
    );
    await gate.started;
    await plugin.cancel();
    // The run goes on until it is released: nothing has waited for it.
    expect((await created).message).toContain("orbit-webapp@2.3.0: canceled; a run");
    await gate.released();
    await plugin.kill();
    plugin = await startPlugin(world.env);
    expect((await plugin.create(inputsOf(build))).outs).toMatchObject({ adopted: true });
    expect(scheduledRuns(fixture)).toBe(before + 1);
  });
});

describe("scheduling", () => {
  it.each<[string, Pick<FaultSpec, "when" | "action">]>([
    ["the answer is lost", { when: "after", action: { drop: true } }],
    ["the answer is an error", { when: "after", action: { status: 500, code: "x", message: "x" } }],
    [
      "the service is not there",
      { when: "before", action: { status: 503, code: "x", message: "x" } },
    ],
  ])("builds once when %s", async (name, fault) => {
    await addFault({ method: "POST", match: "/scheduleRun$", count: 1, ...fault });
    const { outs } = await plugin.create(inputsOf(buildOf(`2.4.0-${name.length}`)));
    expect(outs.digest).toMatch(/^sha256:/);
    expect(scheduledRuns(fixture)).toBe(before + 1);
  });

  it("waits as long as a throttled service asks, wherever it is throttled", async () => {
    const action = { status: 429, code: "TooManyRequests", message: "later", retryAfter: 2 };
    await addFault({ method: "POST", match: "/scheduleRun$", count: 1, when: "before", action });
    await addFault({ method: "GET", match: "/runs/ca\\d+$", count: 1, when: "before", action });
    const from = (await fixture.control.requests()).length;
    const { outs } = await plugin.create(inputsOf(buildOf("2.5.0")));
    expect(outs).toMatchObject({ adopted: false });
    const log = (await fixture.control.requests()).slice(from);
    for (const path of [/\/scheduleRun$/, /\/runs\/ca\d+$/]) {
      const times = log.filter(({ id }) => path.test(id)).map(({ time }) => Date.parse(time));
      const [refused = 0, next = 0] = times;
      // A timer may be early by a millisecond, and the log's clock is not the timer's.
      expect(next - refused).toBeGreaterThan(1950);
    }
    expect(scheduledRuns(fixture)).toBe(before + 1);
  });

  it("does not repeat what the service refuses", async () => {
    const action = { status: 403, code: "AuthorizationFailed", message: "no right to scheduleRun" };
    await addFault({ method: "POST", match: "/scheduleRun$", count: 9, when: "before", action });
    await expect(plugin.create(inputsOf(buildOf("2.6.0")))).rejects.toThrow(
      "no right to scheduleRun",
    );
    const faults = await fixture.control.send("GET", "/_sandbox/faults");
    expect(JSON.parse(faults.body).value).toMatchObject([{ met: 1 }]);
  });

  it("has at most eight runs under way, and then does the others", async () => {
    const gate = holdRuns();
    const versions = Array.from({ length: 12 }, (_, index) => `2.7.${index}`);
    const runs = versions.map((version) => plugin.create(inputsOf(buildOf(version))));
    await expect.poll(() => scheduledRuns(fixture), { timeout: 10_000 }).toBe(before + 8);
    // Long enough for a ninth to be scheduled, if anything let it.
    await gate.released(1000);
    expect(scheduledRuns(fixture)).toBe(before + 8);
    const created = await Promise.all(runs);
    expect(created.map(({ outs }) => outs.version)).toEqual(versions);
    expect(created.every(({ outs }) => outs.adopted === false)).toBe(true);
    expect(scheduledRuns(fixture)).toBe(before + 12);
  });
});

/** How often the run has been asked for its state. */
async function pollsOf(runId: string): Promise<number> {
  const log = await fixture.control.requests();
  return log.filter(({ method, id }) => method === "GET" && id.endsWith(`/runs/${runId}`)).length;
}

/** Runs start, and end when they are released (after a while, so that a waiter polls). */
function holdRuns() {
  let begun: (request: TaskRunRequest) => void = () => undefined;
  let release: () => void = () => undefined;
  const started = new Promise<TaskRunRequest>((resolve) => {
    begun = resolve;
  });
  const open = new Promise<void>((resolve) => {
    release = resolve;
  });
  fixture.runner = {
    run: async (request, _log, signal) => {
      begun(request);
      const canceled = new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.race([open, canceled]);
      if (signal.aborted) return { status: "Canceled", outputImages: [] };
      return pushAsTask(world.endpoint, request);
    },
  };
  return {
    started,
    async released(after = 0) {
      await new Promise((resolve) => setTimeout(resolve, after));
      release();
    },
  };
}

async function addFault(fault: FaultSpec): Promise<void> {
  const answer = await fixture.control.send("POST", "/_sandbox/faults", fault);
  if (answer.status >= 300) throw new Error(answer.body);
}
