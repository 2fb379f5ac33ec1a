/** One seed: a fresh fleet, edits, kills at random points, and what has to hold after each recovery. */
import { readFileSync } from "node:fs";
import { startWorld, type World } from "../e2e/world.ts";
import { addCell, addRecord, addSolution, bump, reduceFleet } from "./fleet.ts";
import {
  expectPendingAgain,
  expectUpdates,
  type History,
  newHistory,
  violationsAndChanges,
} from "./invariants.ts";
import { armIds } from "./inventory.ts";
import { type KillPoint, upKilledAfter, upKilledAt } from "./kill.ts";
import { type Random, randomOf } from "./random.ts";

/** An edit, and which writes it causes. */
interface Edit {
  what: string;
  methods: readonly [string, ...string[]];
  /** Writes that it causes at least: how many may pass before the one that is hit. */
  writes: number;
  apply(world: World, history: History): Promise<void>;
}

export type Say = (line: string) => void;

const STEPS = 4;
const KILLS_MAX = 3;
const KILL_AFTER_MS_MAX = 15_000;
/** Of all kills, those at a time and not at a request: they also hit what settles. */
const TIMED_PERCENT = 25;

/** @returns violations; none when all is well */
export async function runSeed(seed: number, say: Say): Promise<string[]> {
  const random = randomOf(seed);
  const history = newHistory();
  const world = await startWorld(reduceFleet);
  try {
    for (const edit of editsOf(random)) {
      await edit.apply(world, history);
      await killSome(world, history, random, edit, (line) => say(`${edit.what}: ${line}`));
      const up = await world.slipway("up", "--json");
      const found =
        up.exitCode === 0
          ? await violationsAndChanges(world, history)
          : [`slipway up exited ${up.exitCode}: ${up.all}`];
      say(`${edit.what}: ${found.length === 0 ? "converged" : "VIOLATED"}`);
      if (found.length > 0) return found;
    }
    return [];
  } finally {
    await world.stop();
  }
}

async function killSome(
  world: World,
  history: History,
  random: Random,
  edit: Edit,
  say: Say,
): Promise<void> {
  const kills = 1 + random.below(KILLS_MAX);
  for (let kill = 0; kill < kills; kill += 1) {
    if (random.below(100) < TIMED_PERCENT) {
      const after = random.below(KILL_AFTER_MS_MAX);
      expectPendingAgain(history, await upKilledAfter(world, after));
      say(`killed after ${after} ms`);
      continue;
    }
    const drawn = random.pick(edit.methods);
    const point: KillPoint = {
      method: drawn,
      // Other POSTs only ask for keys.
      match: drawn === "POST" ? "/scheduleRun$" : ".",
      skip: random.below(edit.writes),
      moment: random.pick(["refused", "unanswered", "acknowledged", "acknowledged"]),
      victims: random.pick(["everything", "engine"]),
    };
    const { method, skip, moment, victims } = point;
    const killed = await upKilledAt(world, point);
    expectPendingAgain(history, killed.state);
    const { request } = killed;
    const where = request === undefined ? "not reached" : request.id.split("/").slice(-2).join("/");
    say(`killed ${victims} at ${method} ${skip} (${where}), ${moment}`);
  }
}

/** The first convergence, then edits in a random order. */
function editsOf(random: Random): Edit[] {
  const rest: Edit[] = [
    {
      what: "new cell",
      methods: ["PUT"],
      writes: 14,
      async apply({ checkout }) {
        addCell(checkout, "b");
        addSolution(checkout, "one", "b");
      },
    },
    {
      what: "new solutions",
      methods: ["PUT"],
      writes: 16,
      async apply({ checkout }) {
        addSolution(checkout, "two", "a");
        addSolution(checkout, "three", "a");
      },
    },
    {
      what: "new release",
      methods: ["PUT", "POST"],
      writes: 1,
      async apply(world, history) {
        addRecord(world.checkout, original, "orbit-webapp", "1.4.1");
        bump(world.checkout, "orbit-webapp", "1.4.1");
        const ids = await armIds(world.arm);
        const apps = ids.filter((id) => /\/containerapps\/orbit-/.test(id));
        expectUpdates(history, apps);
      },
    },
    {
      what: "retired solution",
      methods: ["DELETE"],
      writes: 6,
      async apply(world, history) {
        await world.json(["solutions", "retire", "acme"]);
        const { apps, storages } = await world.json<Record<"apps" | "storages", object>>([
          "names",
          "acme",
        ]);
        const names: string[] = [...Object.values(apps), ...Object.values(storages)];
        for (const id of await armIds(world.arm)) {
          if (names.some((name) => id.endsWith(`/${name}`))) history.deletes.add(id);
        }
      },
    },
  ];
  const first: Edit = {
    what: "first up",
    methods: ["PUT", "PUT", "POST"],
    writes: 5,
    async apply() {},
  };
  const edits = [first];
  while (edits.length < STEPS && rest.length > 0) {
    edits.push(...rest.splice(random.below(rest.length), 1));
  }
  return edits;
}

/** A file of this repository. */
function original(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
}
