/** The main job on a fresh sandbox with a real engine: converge, again, change, drift, end. */
import { afterAll, beforeAll, describe } from "vitest";
import { describeChanges } from "./fleet/changes.ts";
import { describeClients } from "./fleet/clients.ts";
import type { UpDocument } from "./fleet/documents.ts";
import { describeDrift } from "./fleet/drift.ts";
import { describeImages } from "./fleet/images.ts";
import { describeStates } from "./fleet/states.ts";
import { describeUnchanged } from "./fleet/unchanged.ts";
import { startWorld, type World } from "./world.ts";

// The parts build on one another: they share one fleet, in the order in which they stand here.
describe("the fleet of the sandbox", { timeout: 240_000 }, () => {
  let started: World | undefined;
  let converged: UpDocument | undefined;

  beforeAll(async () => {
    started = await startWorld();
    converged = await started.json<UpDocument>(["up"]);
  }, 600_000);

  afterAll(async () => {
    await started?.stop();
  }, 60_000);

  const world = () => present(started);
  const first = () => present(converged);

  describeUnchanged(world, first);
  describeImages(world, first);
  describeClients(world, first);
  describeDrift(world, first);
  describeChanges(world);
  describeStates(world);
});

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the fleet has not converged");
  return value;
}
