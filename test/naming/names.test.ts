import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { azureNames, sharedNames, solutionIdProblem } from "../../naming/index.ts";
import vectors from "../../naming/vectors.json" with { type: "json" };
import { SlipwayError } from "../../schemas/problem.ts";

const TWIN = fileURLToPath(new URL("../../naming/azure-names.sh", import.meta.url));

/** What the bash twin is expected to print for an id that it reads from stdin. */
function line(id: string): string {
  const reason = solutionIdProblem(id);
  return JSON.stringify(
    reason === undefined ? { solution_id: id, ...azureNames(id) } : { refused: reason },
  );
}

/** The twin's answers, one per id, from one process. */
function twinLines(ids: readonly string[], env: NodeJS.ProcessEnv = process.env): string[] {
  const { stdout, stderr } = spawnSync("bash", [TWIN], {
    input: ids.map((id) => `${id}\n`).join(""),
    encoding: "utf8",
    maxBuffer: 64 << 20,
    env,
  });
  expect(stderr).toBe("");
  return stdout.split("\n").slice(0, -1);
}

describe("azureNames", () => {
  it("gives the golden names", () => {
    expect(vectors.solutions.length).toBeGreaterThanOrEqual(40);
    for (const expected of vectors.solutions) {
      const { solution_id: id, ...names } = expected;
      expect(JSON.stringify(azureNames(id))).toBe(JSON.stringify(names));
    }
  });

  it("covers hashes that begin with a digit and with a letter", () => {
    const hashes = vectors.solutions.map(({ hash }) => hash);
    expect(hashes.some((hash) => /^[0-9]/.test(hash))).toBe(true);
    expect(hashes.some((hash) => /^[a-f]/.test(hash))).toBe(true);
  });

  it("refuses each bad id with its reason", () => {
    for (const { id, reason } of vectors.refused) {
      expect(solutionIdProblem(id), JSON.stringify(id)).toBe(reason);
      expect(() => azureNames(id)).toThrowError(SlipwayError);
      expect(() => azureNames(id)).toThrowError(expect.objectContaining({ code: "solution-id" }));
    }
  });

  it("keeps Azure's limits for every id that it takes", () => {
    fc.assert(
      fc.property(validId, (id) => {
        const { apps, shares, storages } = azureNames(id);
        for (const name of [...Object.values(apps), ...Object.values(storages)]) {
          expect(name).toMatch(/^(?=.{2,32}$)[a-z](-?[a-z0-9])*$/);
        }
        for (const name of Object.values(shares)) {
          expect(name).toMatch(/^(?=.{3,63}$)[a-z0-9](-?[a-z0-9])*$/);
        }
      }),
    );
  });
});

describe("azure_names, the bash twin", () => {
  const golden = [
    ...vectors.solutions.map((names) => JSON.stringify(names)),
    ...vectors.refused.map(({ reason }) => JSON.stringify({ refused: reason })),
  ];
  const ids = [
    ...vectors.solutions.map(({ solution_id }) => solution_id),
    ...vectors.refused.map(({ id }) => id),
  ];

  it("gives the golden names and reasons on stdin", () => {
    expect(twinLines(ids)).toEqual(golden);
  });

  it("gives the same in a UTF-8 locale", () => {
    expect(twinLines(ids, { ...process.env, LC_ALL: "C.UTF-8" })).toEqual(golden);
  });

  it("gives the golden names for arguments, and refuses bad ones with status 1", () => {
    const good = vectors.solutions.map(({ solution_id }) => solution_id);
    const stdout = execFileSync("bash", [TWIN, ...good], { encoding: "utf8" });
    expect(stdout.split("\n").slice(0, -1)).toEqual(golden.slice(0, good.length));

    const refused = spawnSync("bash", [TWIN, "acme", "Acme", "acme-"], { encoding: "utf8" });
    expect(refused.status).toBe(1);
    expect(refused.stdout).toBe(`${line("acme")}\n`);
    expect(refused.stderr.split("\n").slice(0, -1)).toEqual([
      "solution id Acme has a character other than a-z, 0-9 and dash",
      "solution id acme- ends with a dash",
    ]);
  });

  it("can be sourced by a strict script, and leaves its locale alone", () => {
    const script = `set -euo pipefail; LC_ALL=C.UTF-8; source "$1"; azure_names acme; echo "$LC_ALL"`;
    const stdout = execFileSync("bash", ["-c", script, "bash", TWIN], { encoding: "utf8" });
    expect(stdout).toBe(`${line("acme")}\nC.UTF-8\n`);
  });

  it("equals azureNames byte for byte on 2,000 drawn ids", () => {
    const seed = Date.now();
    const drawn = fc.sample(anyId, { numRuns: 2000, seed });
    const refused = drawn.filter((id) => solutionIdProblem(id) !== undefined);
    // Either side must be drawn in earnest.
    expect(refused.length, `seed ${seed}`).toBeGreaterThan(400);
    expect(refused.length, `seed ${seed}`).toBeLessThan(1600);
    expect(twinLines(drawn), `seed ${seed}`).toEqual(drawn.map(line));
  }, 60_000);
});

describe("sharedNames", () => {
  it("gives the golden names", () => {
    for (const { scope, names, sharedApps } of vectors.shared) {
      const { sharedApp, ...plain } = sharedNames(scope);
      expect(plain).toEqual(names);
      for (const [app, name] of Object.entries(sharedApps)) expect(sharedApp(app)).toBe(name);
    }
  });

  it("gives a GUID for the role assignment", () => {
    const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    fc.assert(
      fc.property(fc.string(), (stack) => {
        const scope = { project: "slipway", stack, subscription: "s", cell: "a" };
        expect(sharedNames(scope).pullAssignment).toMatch(guid);
      }),
    );
  });

  it("tells scopes apart whose texts run together", () => {
    const base = { project: "p", subscription: "s" };
    const hashes = [
      sharedNames({ ...base, stack: "ab" }),
      sharedNames({ ...base, stack: "a", cell: "b" }),
      sharedNames({ ...base, stack: "", cell: "ab" }),
      sharedNames({ ...base, stack: "ab", cell: "" }),
    ].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

const segment = fc.string({
  unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789"),
  minLength: 1,
  maxLength: 14,
});

const dashed = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("-"));

const validId = dashed.filter((id) => id.length <= 54);

/** Good ids and near misses of each rule, and any text; no newline, which ends an id on stdin. */
const anyId = fc
  .oneof(
    { weight: 6, arbitrary: validId },
    dashed,
    segment.map((part) => `${part}-`),
    segment.map((part) => `-${part}`),
    fc.tuple(segment, segment).map(([left, right]) => `${left}--${right}`),
    fc.constant(""),
    fc.string({ unit: fc.constantFrom(..."aZ09-_ .\t\r\0é"), maxLength: 8 }),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(..."ab-"), minLength: 50, maxLength: 60 }),
  )
  .filter((id) => !id.includes("\n"));
