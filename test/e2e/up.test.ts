/** What `slipway up` does beside the engine's own work: locks, interruption, lost state, one solution. */
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../cli/errors.ts";
import type { PlanDocument } from "../../cli/plan/index.ts";
import type { UpDocument } from "../../cli/up/index.ts";
import { solutionHash } from "../../naming/index.ts";
import { addSolution, reduceFleet } from "../chaos/fleet.ts";
import { expectUpdates, newHistory } from "../chaos/invariants.ts";
import { replay } from "../chaos/request-log.ts";
import { describeLostState } from "./up/lost-state.ts";
import { startWorld, type World } from "./world.ts";

const MINUTES = 60_000;
const BACKEND = ".sandbox/pulumi-state/.pulumi";
const LOCKS = `${BACKEND}/locks/organization/slipway/dev`;
/** Of a process that no Linux or macOS starts: above the largest number there is. */
const NOBODY = 4_194_305;

describe("slipway up", { timeout: 4 * MINUTES }, () => {
  const history = newHistory();
  let world: World;

  beforeAll(async () => {
    world = await startWorld(reduceFleet);
    await world.json<UpDocument>(["up"]);
  }, 6 * MINUTES);
  afterAll(() => world?.stop());

  it("converges one solution and leaves another for later", async () => {
    addSolution(world.checkout, "one", "a");
    addSolution(world.checkout, "two", "a");
    const only = await world.json<UpDocument>(["up", "--solution", "one"]);
    // Three apps, two shares, three storages and their component.
    expect(only.summary).toMatchObject({ create: 9, update: 0, delete: 0 });
    const rest = await world.json<PlanDocument>(["plan"]);
    const changed = rest.solutions.filter(({ apps }) => apps.some((app) => app.change !== "same"));
    expect(changed.map(({ id }) => id)).toEqual(["two"]);
    expect(rest.summary).toMatchObject({ create: 9, update: 0, delete: 0 });
    const unknown = await world.json<ErrorDocument>(["up", "--solution", "nobody"], 1);
    expect(unknown.error.code).toBe("unknown-solution");
    await world.json(["up"]);
  });

  describe("on a stack that is locked", () => {
    it("removes the lock of an owner that is gone", async () => {
      const file = await lock({ pid: NOBODY, hostname: hostname() });
      addSolution(world.checkout, "three", "a");
      const { exitCode, stderr } = await world.slipway("up");
      expect(exitCode).toBe(0);
      expect(stderr).toContain(`(pid ${NOBODY})`);
      expect(existsSync(file)).toBe(false);
    });

    it.each([
      ["still runs", { pid: process.pid, hostname: hostname() }, "wait for it"],
      ["is on another machine", { pid: NOBODY, hostname: "elsewhere" }, "pulumi cancel"],
    ])("leaves the lock of an owner that %s, and names it", async (_how, owner, advice) => {
      const file = await lock(owner);
      const before = await world.seq();
      const { error } = await world.json<ErrorDocument>(["up"], 1);
      expect(error.code).toBe("engine-locked");
      expect(error.message).toContain(`@${owner.hostname} (pid ${owner.pid})`);
      expect(error.message).toContain(advice);
      expect(existsSync(file)).toBe(true);
      expect(await world.writes(before)).toEqual([]);
      rmSync(file);
    });
  });

  it("writes down what is in flight at the first Ctrl-C, and goes on from there", async () => {
    addSolution(world.checkout, "four", "a");
    const before = await world.seq();
    const running = execa(process.execPath, [world.checkout.path("cli/slipway.mjs"), "up"], {
      cwd: world.checkout.root,
      env: world.env,
      reject: false,
      stdin: "ignore",
    });
    await untilWritten(before, /\/containerApps\//);
    running.kill("SIGINT");
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("once what is in flight is written down");
    expect(readdirSync(world.checkout.path(LOCKS)).filter(isLock)).toEqual([]);
    const next = await world.json<UpDocument>(["up"]);
    // Nothing was left to settle: the engine wrote down all that it had begun.
    expect(next.settled).toEqual({ imported: [], cleared: [], refreshed: [], forgotten: [] });
    const apps = next.apps.filter(({ solution }) => solution === "four");
    expect(apps).toHaveLength(3);
    // The provider stops waiting when it is told to: a write whose end it did not see is sent again, once.
    const written = [...replay(await world.arm.requests(before))];
    const again = written.filter(([, { updates }]) => updates > 0);
    expect(again.filter(([id]) => !id.endsWith(solutionHash("four")))).toEqual([]);
    expect(written.filter(([, { creates, updates }]) => creates > 1 || updates > 1)).toEqual([]);
    expectUpdates(
      history,
      again.map(([id]) => id),
    );
  });

  // Last: what it does to the state is nothing that the others expect.
  describeLostState(() => world, history);

  async function lock(owner: { pid: number; hostname: string }): Promise<string> {
    const folder = world.checkout.path(LOCKS);
    await mkdir(folder, { recursive: true });
    const file = join(folder, "5e7a0b1c-0000-4000-8000-000000000001.json");
    const since = { username: "somebody", timestamp: new Date().toISOString() };
    writeFileSync(file, JSON.stringify({ ...owner, ...since }));
    return file;
  }

  async function untilWritten(after: number, id: RegExp): Promise<void> {
    const deadline = Date.now() + MINUTES;
    while (!(await world.writes(after)).some((entry) => id.test(entry.id))) {
      if (Date.now() > deadline) throw new Error(`nothing wrote ${id}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

function isLock(name: string): boolean {
  return name.endsWith(".json");
}
