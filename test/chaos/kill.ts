/** Runs `slipway up` and has the sandbox kill it on a chosen write. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { StackState } from "../../cli/engine/state.ts";
import type { FaultSpec } from "../../sandbox/arm/core/faults.ts";
import type { RequestLogEntry } from "../../sandbox/arm/core/requestLog.ts";
import type { World } from "../e2e/world.ts";
import { engineOf, killAll, MARKER, survivors } from "./processes.ts";
import { checkpointOf, locksOf } from "./state.ts";

/**
 * `refused`: the request ends there and Azure never carries it out. `unanswered`: Azure carries it
 * out, nobody hears of it. `acknowledged`: Azure's answer is out, Pulumi has not written it down.
 */
export type Moment = "refused" | "unanswered" | "acknowledged";

/** Who is killed; `engine` alone leaves slipway to report it, and the plugins to notice. */
export type Victims = "everything" | "engine";

/** Where a run is killed. */
export interface KillPoint {
  method: string;
  /** Regular expression on the resource's path. */
  match: string;
  /** Matching requests that pass first. */
  skip?: number;
  moment: Moment;
  victims: Victims;
}

export interface Killed {
  /** The line of the request log that the fault met; undefined when the run ended without it. */
  request: RequestLogEntry | undefined;
  /** Of slipway; undefined when a signal ended it. */
  exitCode: number | undefined;
  signal: string | undefined;
  stdout: string;
  /** What Pulumi had written down once all was dead. */
  state: StackState;
  /** Locks that were left. */
  locks: readonly string[];
  /** Processes of the run that went on without the engine. */
  outlived: readonly string[];
}

const WHEN: Readonly<Record<Moment, Pick<FaultSpec, "when"> & { afterAcknowledge: boolean }>> = {
  refused: { when: "before", afterAcknowledge: false },
  unanswered: { when: "after", afterAcknowledge: false },
  acknowledged: { when: "after", afterAcknowledge: true },
};
/** Plugins look for their engine once a second. */
const ORPHANS_MS = 20_000;

/**
 * Starts `slipway up --json`, or another verb that updates a stack, and when its engine runs tells
 * ARM whom to kill at which request. Returns when no process of the run is left.
 */
export async function upKilledAt(
  world: World,
  point: KillPoint,
  verb: readonly string[] = ["up"],
): Promise<Killed> {
  const { run, marker } = startUp(world, verb);
  const cli = run.pid ?? 0;
  try {
    const engine = await engineOf(cli, "up");
    if (engine === undefined) throw new Error(`up ended before its engine ran: ${(await run).all}`);
    const { when, afterAcknowledge } = WHEN[point.moment];
    // The engine first: it writes the state. It has a process group of its own, as has slipway.
    const kill = point.victims === "engine" ? [-engine] : [-engine, -cli];
    const fault = await world.arm.addFault({
      method: point.method,
      match: point.match,
      ...(point.skip === undefined ? {} : { skip: point.skip }),
      count: 1,
      when,
      action: { kill, afterAcknowledge },
    });
    const { exitCode, signal, stdout } = await run;
    const outlived = point.victims === "engine" ? await survivors(marker, ORPHANS_MS) : [];
    await killAll(marker);
    await world.arm.clearFaults();
    const request = (await world.arm.requests()).find((entry) => entry.fault === fault.id);
    const { root } = world.checkout;
    return {
      request,
      exitCode,
      signal,
      stdout,
      state: checkpointOf(root),
      locks: locksOf(root),
      outlived,
    };
  } finally {
    await killAll(marker);
  }
}

/** Starts `slipway up --json` and kills all of it after some time. */
export async function upKilledAfter(world: World, milliseconds: number): Promise<StackState> {
  const { run, marker } = startUp(world);
  await Promise.race([sleep(milliseconds), run]);
  await killAll(marker);
  await run;
  return checkpointOf(world.checkout.root);
}

/** Starts `slipway up --json`, or another verb, with a process group and a mark of its own. */
export function startUp(world: World, verb: readonly string[] = ["up"]) {
  const marker = randomUUID();
  const bin = join(world.checkout.root, "cli", "slipway.mjs");
  const run = execa(process.execPath, [bin, ...verb, "--json"], {
    cwd: world.checkout.root,
    env: { ...world.env, [MARKER]: marker },
    detached: true,
    cleanup: false,
    reject: false,
    all: true,
    stdin: "ignore",
  });
  return { run, marker };
}
