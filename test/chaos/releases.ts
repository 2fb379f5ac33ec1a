/** Every effect of a release, killed before and after, each time for a release of its own. */
import { ORBIT, type ReleaseWorld, startReleaseWorld } from "../e2e/release/world.ts";
import { upKilledAt } from "./kill.ts";
import { EFFECTS, releaseKilled } from "./kill-release.ts";
import { releaseProblems } from "./release-invariants.ts";

interface Kill {
  what: string;
  run(world: ReleaseWorld, release: string): Promise<unknown>;
}

const KILLS: readonly Kill[] = [
  ...EFFECTS.flatMap((effect) =>
    (["before", "after"] as const).map((moment) => ({
      what: `${moment} ${effect.name}`,
      run: (world: ReleaseWorld, release: string) => releaseKilled(world, release, effect, moment),
    })),
  ),
  {
    what: "while Azure builds",
    run: (world, release) =>
      upKilledAt(
        world,
        {
          method: "POST",
          match: "/scheduleRun$",
          moment: "acknowledged",
          victims: "everything",
        },
        ["release", release],
      ),
  },
];

/** @returns violations; none when all is well */
export async function runReleases(say: (line: string) => void): Promise<string[]> {
  const world = await startReleaseWorld();
  try {
    for (const [index, { what, run }] of KILLS.entries()) {
      const version = `3.${index}.0`;
      const release = `orbit-webapp@${version}`;
      await world.source.commit(`feat(orbit-webapp): ${what}`, { [`${ORBIT}/${index}`]: what });
      await run(world, release);
      const ended = await world.release(release);
      const found = await releaseProblems(world, ended);
      const again = await world.release(release);
      if (again.built || again.digest !== ended.digest) found.push(`${release} is not left alone`);
      say(`${release} killed ${what}: ${found.length === 0 ? "whole" : "VIOLATED"}`);
      if (found.length > 0) return found;
    }
    return [];
  } finally {
    await world.stop();
  }
}
