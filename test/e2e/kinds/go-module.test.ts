import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GO, goDownload, goRun } from "../../fixtures/go-client.ts";
import { type KindsWorld, startKindsWorld } from "./world.ts";

const PATH = "git.example.com/platform/toolkit.git/go/trajectory";
const WRITES = /^(PUT|POST|PATCH|DELETE) /;
const RELEASES = [
  { version: "0.1.0", at: 2, call: 'trajectory.Goals("- b\\n- a")', prints: "[b a]" },
  { version: "0.2.0", at: 5, call: 'trajectory.Sorted("- b\\n- a")', prints: "[a b]" },
] as const;

let world: KindsWorld;

beforeAll(async () => {
  world = await startKindsWorld();
});

afterAll(() => world.close());

describe("slipway release of a Go module", () => {
  it("tags two releases in the module's folder and records their sums", async () => {
    for (const { version, at } of RELEASES) {
      const commit = world.commits[at] ?? "";
      const released = await world.release(`trajectory@${version}`, "--commit", commit);
      expect(released).toMatchObject({ version, commit, built: true, digest: null });
      expect(world.record("trajectory", version)).toMatchObject({
        status: "recorded",
        target: "go_module",
        source: { path: "go/trajectory", tag: `go/trajectory/v${version}`, commit },
        module: { path: PATH, sum: expect.stringMatching(/^h1:/) },
      });
      expect(await world.tags()).toHaveProperty([`go/trajectory/v${version}`], commit);
    }
  });

  it.runIf(GO !== undefined)(
    "is what go fetches, and builds with by the recorded sum",
    async () => {
      const names = RELEASES.map(({ version }) => `${PATH}@v${version}`);
      const sums = RELEASES.map(({ version }) => world.record("trajectory", version)?.module?.sum);
      expect(await goDownload(world.gitRoot, ...names)).toEqual(
        Object.fromEntries(names.map((name, index) => [name, sums[index]])),
      );
      for (const [index, { version, call, prints }] of RELEASES.entries()) {
        const program = `package main\n\nimport (\n\t"fmt"\n\n\t"${PATH}"\n)\n\nfunc main() { fmt.Print(${call}) }\n`;
        const released = { path: PATH, version, sum: sums[index] ?? "" };
        expect(await goRun(world.gitRoot, released, program)).toEqual({ stdout: prints });
      }
    },
  );

  it("changes nothing when the release is there, and works its record out again when it is lost", async () => {
    const before = world.checkout.tree();
    const [tags, from] = [await world.git("for-each-ref"), world.registry.requests.length];
    expect(await world.release("trajectory@0.1.0")).toMatchObject({ built: false });
    world.checkout.remove("releases/trajectory/v0.1.0/release.yaml");
    expect(await world.release("trajectory")).toMatchObject({ version: "0.1.0", built: false });
    expect(world.checkout.tree()).toEqual(before);
    expect(await world.git("for-each-ref")).toBe(tags);
    expect(world.registry.requests.slice(from).filter((line) => WRITES.test(line))).toEqual([]);
  });

  it("refuses a major version without its suffix, and makes no tag", async () => {
    const tags = await world.tags();
    const problems = await world.problems("trajectory@2.0.0", "--commit", world.commits[6] ?? "");
    expect(problems).toMatchObject([
      {
        code: "artifact-rule",
        message: expect.stringMatching(/expected the major suffix \/v2 for version 2\.0\.0/),
      },
    ]);
    expect(await world.tags()).toEqual(tags);
  });
});
