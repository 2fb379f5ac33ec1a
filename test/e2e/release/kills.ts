/** A sample of the kills that `npm run chaos` does: one release, killed again and again on its way. */
import { expect, it } from "vitest";
import { EFFECTS, type Moment, releaseKilled } from "../../chaos/kill-release.ts";
import { releaseProblems } from "../../chaos/release-invariants.ts";
import { ORBIT, type ReleaseWorld } from "./world.ts";

const MINUTES = 60_000;

/** In the order in which one release meets them: each run comes one effect further. */
const KILLS: readonly [name: string, moment: Moment][] = [
  ["tag push", "after"],
  ["build", "after"],
  ["referrer", "before"],
  ["signature", "after"],
  ["capsule", "after"],
  ["record", "before"],
];

export function describeKills(world: () => ReleaseWorld): void {
  it("goes on where it was killed, and has one tag, one digest and one record in the end", {
    timeout: 8 * MINUTES,
  }, async () => {
    const { source, checkout, release } = world();
    const commit = await source.commit("fix(orbit-webapp): undo", { [`${ORBIT}/undo`]: "3" });
    const version = "2.0.1";
    for (const [name, moment] of KILLS) {
      const effect = EFFECTS.find((candidate) => candidate.name === name);
      if (effect === undefined) throw new Error(`no effect is called ${name}`);
      // A run that goes on writes no pending record.
      const skip = 0;
      await releaseKilled(world(), `orbit-webapp@${version}`, { ...effect, skip }, moment);
    }
    const before = await checkout.git("status", "--porcelain", "releases");
    const ended = await release(`orbit-webapp@${version}`);
    expect(ended).toMatchObject({ version, commit, built: false });
    expect(await releaseProblems(world(), ended)).toEqual([]);
    expect(await checkout.git("status", "--porcelain", "releases")).toBe(before);
  });
}
