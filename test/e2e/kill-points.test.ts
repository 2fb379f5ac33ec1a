import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UpDocument } from "../../cli/up/index.ts";
import { addCell, addRecord, addSolution, bump, reduceFleet } from "../chaos/fleet.ts";
import {
  expectPendingAgain,
  expectUpdates,
  newHistory,
  violationsAndChanges,
} from "../chaos/invariants.ts";
import { acrRuns, armIds } from "../chaos/inventory.ts";
import { type Killed, type KillPoint, startUp, upKilledAt } from "../chaos/kill.ts";
import { engineOf, killAll } from "../chaos/processes.ts";
import { tookEffect } from "../chaos/request-log.ts";
import { checkpointOf, locksOf } from "../chaos/state.ts";
import type { TempCheckout } from "../fixtures/checkout.ts";
import { startWorld, type World } from "./world.ts";

/** Where a run is killed, and the resource that its request makes: the state must not have it. */
interface CreatePoint extends KillPoint {
  urn: RegExp;
}

/** An edit and the kills on the way to its convergence: each run settles what the last one left. */
interface Case {
  what: string;
  edit(checkout: TempCheckout): void;
  points: readonly CreatePoint[];
}

/** Of `slipway names`. */
interface AzureNames {
  apps: Record<string, string>;
  storages: Record<string, string>;
}

const MINUTES = 60_000;

const CREATES: readonly Case[] = [
  {
    what: "a registry task, on the very first up",
    edit: () => {},
    points: [
      {
        method: "PUT",
        match: "/tasks/build-orbit-webapp$",
        moment: "acknowledged",
        victims: "everything",
        urn: /Task::orbit-webapp$/,
      },
    ],
  },
  {
    what: "a resource group and a role assignment of a new cell",
    edit(checkout) {
      addCell(checkout, "b");
      addSolution(checkout, "one", "b");
    },
    points: [
      {
        method: "PUT",
        match: "/resourceGroups/[^/]*$",
        moment: "acknowledged",
        victims: "everything",
        urn: /ResourceGroup::b$/,
      },
      {
        method: "PUT",
        match: "/roleAssignments/",
        moment: "acknowledged",
        victims: "everything",
        urn: /RoleAssignment::b$/,
      },
    ],
  },
  {
    // Each needs the one before, so that every run comes to its point.
    what: "a storage account, a share in it, a storage of that and an app that mounts it",
    edit(checkout) {
      addCell(checkout, "c");
      addSolution(checkout, "two", "c");
    },
    points: [
      {
        method: "PUT",
        match: "/storageAccounts/[^/]*$",
        moment: "unanswered",
        victims: "engine",
        urn: /StorageAccount::c$/,
      },
      {
        method: "PUT",
        match: "/shares/two-internal$",
        moment: "refused",
        victims: "everything",
        urn: /FileShare::two-internal$/,
      },
      {
        method: "PUT",
        match: "/storages/internal-rw-",
        moment: "acknowledged",
        victims: "engine",
        urn: /ManagedEnvironmentsStorage::two-internal-rw$/,
      },
      {
        method: "PUT",
        match: "/containerApps/agent-",
        moment: "acknowledged",
        victims: "everything",
        urn: /ContainerApp::two-agent$/,
      },
    ],
  },
];

describe("slipway up after its engine was killed", () => {
  let world: World;
  const history = newHistory();
  const points: Killed[] = [];

  beforeAll(async () => {
    world = await startWorld(reduceFleet);
  }, 5 * MINUTES);
  afterAll(() => world?.stop());

  it.each(CREATES)(
    "converges when it was killed on $what",
    { timeout: 5 * MINUTES },
    async (at) => {
      at.edit(world.checkout);
      for (const point of at.points) {
        const { state } = await killedAt(point);
        expect(state.resources.filter(({ urn }) => point.urn.test(urn))).toEqual([]);
      }
      await converge();
    },
  );

  it("waits for a build that runs when it is killed, and orders no second one", {
    timeout: 5 * MINUTES,
  }, async () => {
    addRecord(world.checkout, original, "orbit-webapp", "1.4.1");
    const before = new Set((await acrRuns(world.arm)).map(({ runId }) => runId));
    const killed = await killedAt({
      method: "POST",
      match: "/scheduleRun$",
      moment: "acknowledged",
      victims: "everything",
    });
    expect(
      killed.state.resources.filter(({ urn }) => urn.endsWith("Run::orbit-webapp@1.4.1")),
    ).toEqual([]);
    const { builds } = await converge();
    const runs = (await acrRuns(world.arm)).filter(({ runId }) => !before.has(runId));
    expect(runs).toHaveLength(1);
    // The run went on after the kill: it ended later than the request that the kill followed.
    expect(Date.parse(runs[0]?.finishTime ?? "")).toBeGreaterThan(
      Date.parse(killed.request?.time ?? ""),
    );
    expect(builds).toMatchObject([{ component: "orbit-webapp", version: "1.4.1", adopted: true }]);
  });

  it("finishes a bump that it was killed in", { timeout: 5 * MINUTES }, async () => {
    bump(world.checkout, "orbit-webapp", "1.4.1");
    const ids = await armIds(world.arm);
    expectUpdates(
      history,
      ids.filter((id) => /\/containerapps\/orbit-/.test(id)),
    );
    const killed = await killedAt({
      method: "PUT",
      match: "/containerApps/orbit-",
      moment: "acknowledged",
      victims: "engine",
    });
    const written = killed.state.resources.find(({ id }) => id === killed.request?.id);
    expect(JSON.stringify(written?.inputs)).toContain("1.4.0");
    expect(JSON.stringify(written?.inputs)).not.toContain("1.4.1");
    const { summary } = await converge();
    expect(summary).toMatchObject({ create: 0, replace: 0, delete: 0 });
  });

  it("finishes a retirement that it was killed in", { timeout: 5 * MINUTES }, async () => {
    await world.json(["solutions", "retire", "one"]);
    const { apps, storages } = await world.json<AzureNames>(["names", "one"]);
    const names = [...Object.values(apps), ...Object.values(storages)];
    for (const id of await armIds(world.arm)) {
      if (names.some((name) => id.endsWith(`/${name}`))) history.deletes.add(id);
    }
    expect(history.deletes.size).toBe(names.length);
    const killed = await killedAt({
      method: "DELETE",
      match: "/containerApps/mc-",
      moment: "acknowledged",
      victims: "everything",
    });
    expect(killed.state.resources.map(({ id }) => id)).toContain(killed.request?.id);
    await converge();
    const log = await world.arm.requests();
    const deleted = log.filter((entry) => entry.method === "DELETE" && tookEffect(entry));
    expect(deleted.map(({ id }) => id.split("/").at(-1)).sort()).toEqual(names.sort());
  });

  it("makes shares again whose entry is put back, when it was killed while it deleted them", {
    timeout: 5 * MINUTES,
  }, async () => {
    await world.json(["solutions", "delete-data", "one"]);
    await converge();
    const entries = world.checkout.read("solutions.yaml");
    world.checkout.write("solutions.yaml", entries.replace(/ {2}- id: one\n(?: {4}.*\n)*/, ""));
    for (const id of await armIds(world.arm)) {
      if (/\/shares\/one-/.test(id)) history.deletes.add(id);
    }
    const killed = await killedAt({
      method: "DELETE",
      match: "/shares/one-customer$",
      moment: "acknowledged",
      victims: "everything",
    });
    expect(killed.state.pending.map(({ type, resource }) => [type, resource.id])).toContainEqual([
      "deleting",
      killed.request?.id,
    ]);
    history.restored = new Set(history.deletes);
    addSolution(world.checkout, "one", "b");
    const { settled } = await converge();
    expect(settled.forgotten.join()).toContain("one-customer");
  });

  it("is refused as long as another up lives that holds the lock, and harms nothing", {
    timeout: 5 * MINUTES,
  }, async () => {
    const { checkout } = world;
    addSolution(checkout, "slow", "a");
    const { run, marker } = startUp(world);
    try {
      const engine = await engineOf(run.pid ?? 0, "up");
      if (engine === undefined) throw new Error(`the first one ended: ${(await run).all}`);
      while (locksOf(checkout.root).length === 0) await sleep(5);
      // Stopped, the engine lives and keeps its lock for as long as the second one takes.
      process.kill(engine, "SIGSTOP");
      const [before, locks, seq] = [
        checkpointOf(checkout.root),
        locksOf(checkout.root),
        await world.seq(),
      ];
      const refused = await world.json<{ error: { code: string; message: string } }>(["up"], 1);
      expect(refused.error.code).toBe("engine-locked");
      expect(refused.error.message).toContain(`(pid ${engine})`);
      expect(locksOf(checkout.root)).toEqual(locks);
      expect(checkpointOf(checkout.root)).toEqual(before);
      expect(await world.writes(seq)).toEqual([]);
      process.kill(engine, "SIGCONT");
      const { exitCode, all } = await run;
      expect(exitCode, all).toBe(0);
    } finally {
      await killAll(marker);
    }
    expect(locksOf(checkout.root)).toEqual([]);
    expect(await violationsAndChanges(world, history)).toEqual([]);
  });

  it("was killed between acknowledgement and checkpoint in half of the cases or more", () => {
    const acknowledged = points.filter(({ request }) => request?.outcome === "acknowledged");
    expect(points).toHaveLength(11);
    expect(acknowledged.length * 2).toBeGreaterThanOrEqual(points.length);
  });

  /** Kills a run, and proves by the request log and the checkpoint where it was hit. */
  async function killedAt(point: KillPoint): Promise<Killed> {
    const killed = await upKilledAt(world, point);
    const { request, locks, outlived } = killed;
    expect(request, "the run ended without meeting its fault").toBeDefined();
    expect(request).toMatchObject(
      {
        refused: { outcome: "dropped", applied: false },
        unanswered: { outcome: "dropped", applied: true },
        acknowledged: { outcome: "acknowledged", applied: true },
      }[point.moment],
    );
    if (point.moment === "acknowledged") expect(request?.status).toBeLessThan(300);
    expect(locks).toHaveLength(1);
    expect(outlived, "processes that outlived their engine").toEqual([]);
    if (point.victims === "everything") expect(killed.signal).toBe("SIGKILL");
    else {
      expect(killed.exitCode).toBe(1);
      const { error } = JSON.parse(killed.stdout) as { error: { code: string; message: string } };
      expect(error).toMatchObject({ code: "engine", message: expect.stringMatching(/SIGKILL/) });
    }
    expectPendingAgain(history, killed.state);
    points.push(killed);
    return killed;
  }

  /** One `slipway up`, with no hand needed, then nothing is amiss. */
  async function converge(): Promise<UpDocument> {
    const document = await world.json<UpDocument>(["up"]);
    expect(await violationsAndChanges(world, history)).toEqual([]);
    return document;
  }
});

/** A file of this repository. */
function original(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
}
