import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { UpDocument } from "../../../cli/up/index.ts";
import { addSolution } from "../../chaos/fleet.ts";
import { expectUpdates, type History, violationsAndChanges } from "../../chaos/invariants.ts";
import { acrRuns, armIds } from "../../chaos/inventory.ts";
import { ordersOf, replay } from "../../chaos/request-log.ts";
import { azureIds, checkpointOf } from "../../chaos/state.ts";
import type { World } from "../world.ts";

const STORAGE = "api-version=2024-01-01";

/** A converged fleet of which the state forgets all, a part, or never knew. */
export function describeLostState(started: () => World, history: History): void {
  describe("where Azure has what the state has not", () => {
    it("takes everything back by its deterministic id when the state was lost", async () => {
      const world = started();
      const [ids, runs, seq] = [
        await armIds(world.arm),
        await acrRuns(world.arm),
        await world.seq(),
      ];
      const state = join(world.checkout.root, ".sandbox/pulumi-state");
      for (const name of readdirSync(state)) rmSync(join(state, name), { recursive: true });
      expect(checkpointOf(world.checkout.root).resources).toEqual([]);

      const { adopted, builds } = await world.json<UpDocument>(["up"]);

      expect(adopted).toHaveLength(ids.length);
      expect(azureIds(checkpointOf(world.checkout.root)).sort()).toEqual([...ids].sort());
      expect(builds).toHaveLength(runs.length);
      expect(builds.filter((build) => !build.adopted)).toEqual([]);
      // An import cannot read secrets: what holds one is sent again, once; nothing is made.
      const since = await world.arm.requests(seq);
      expect(ordersOf(since)).toEqual([]);
      expect(since.filter(({ method, status }) => method === "PUT" && status === 202)).toEqual([]);
      expect([...replay(since).values()].filter(({ deletes }) => deletes > 0)).toEqual([]);
      expect(await revisions(world)).toBe(await apps(world));
      expectUpdates(history, ids);
      expect(await violationsAndChanges(world, history)).toEqual([]);
    });

    it("refuses a resource of the same name that is not ours, and takes it over with --adopt", async () => {
      const world = started();
      const account = (await armIds(world.arm)).find((id) => /\/storageaccounts\/[^/]*$/.test(id));
      const share = `${account}/fileServices/default/shares/stranger-customer`;
      const foreign = { properties: { shareQuota: 333, metadata: { owner: "somebody" } } };
      expect((await world.arm.send("PUT", `${share}?${STORAGE}`, foreign)).status).toBe(201);
      addSolution(world.checkout, "stranger", "a");

      const seq = await world.seq();
      const { error } = await world.json<{ error: { code: string; message: string } }>(["up"], 1);
      expect(error.code).toBe("already-exists");
      expect(error.message).toContain("stranger-customer");
      expect(error.message).toContain("slipway up --stack dev --adopt");
      expect(await shareOf(world, share)).toMatchObject(foreign.properties);
      const touched = (await world.writes(seq)).filter(({ id }) =>
        id.endsWith("stranger-customer"),
      );
      expect(touched).toEqual([]);

      const { adopted } = await world.json<UpDocument>(["up", "--adopt"]);
      expect(adopted.map((urn) => urn.slice(urn.lastIndexOf("::") + 2))).toEqual([
        "stranger-customer",
      ]);
      const taken = await shareOf(world, share);
      expect(taken.shareQuota).toBe(100);
      expect(taken.metadata).toMatchObject({ slipway_project: "slipway", slipway_stack: "dev" });
      expectUpdates(history, [share.toLowerCase()]);
      expect(await violationsAndChanges(world, history)).toEqual([]);
    });

    it("finds out by itself when only a part of the state is lost", async () => {
      const world = started();
      const state = await world.pulumi("stack", "export");
      const kept = JSON.parse(state.stdout) as { deployment: { resources: { urn: string }[] } };
      const lost = kept.deployment.resources.filter(({ urn }) => urn.endsWith("::acme-mc"));
      expect(lost).toHaveLength(1);
      kept.deployment.resources = kept.deployment.resources.filter((one) => !lost.includes(one));
      const file = join(world.checkout.root, ".sandbox", "state-in-part.json");
      writeFileSync(file, JSON.stringify(kept));
      const imported = await world.pulumi("stack", "import", "--file", file);
      expect(imported.exitCode, imported.all).toBe(0);
      const up = await world.json<UpDocument>(["up"]);
      expect(up.adopted).toEqual(lost.map(({ urn }) => urn));
      expect(up.summary).toMatchObject({ create: 0, replace: 0, delete: 0 });
    });
  });
}

interface Share {
  shareQuota: number;
  metadata: Record<string, string>;
}

async function shareOf(world: World, id: string): Promise<Share> {
  const answer = await world.arm.send("GET", `${id}?${STORAGE}`);
  return (JSON.parse(answer.body) as { properties: Share }).properties;
}

async function apps(world: World): Promise<number> {
  return (await armIds(world.arm)).filter((id) => /\/containerapps\//.test(id)).length;
}

/** Revisions of all apps: as many as apps, as long as no template changed. */
async function revisions(world: World): Promise<number> {
  let count = 0;
  for (const id of await armIds(world.arm)) {
    if (!/\/containerapps\//.test(id)) continue;
    const answer = await world.arm.send("GET", `${id}/revisions?api-version=2025-01-01`);
    count += (JSON.parse(answer.body) as { value: unknown[] }).value.length;
  }
  return count;
}
