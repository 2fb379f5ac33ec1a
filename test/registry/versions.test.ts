import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareVersions,
  isStable,
  rangeProblem,
  satisfiesRange,
  versionProblem,
} from "../../registry/index.ts";

const month = fc.integer({ min: 1, max: 12 }).map((value) => String(value).padStart(2, "0"));
const calver = fc
  .tuple(fc.integer({ min: 1000, max: 9999 }), month, fc.nat({ max: 999_999_999 }))
  .map((parts) => parts.join("."));
const core = fc.tuple(fc.nat(), fc.nat(), fc.nat());
const prerelease = fc.array(
  fc.oneof(fc.nat().map(String), fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)),
  { maxLength: 3 },
);
const semver = fc
  .tuple(core, prerelease)
  .map(([numbers, tail]) => numbers.join(".") + (tail.length > 0 ? `-${tail.join(".")}` : ""));

const SCHEMES = [
  ["semver", semver],
  ["calver", calver],
] as const;

describe.each(SCHEMES)("compareVersions over %s", (scheme, version) => {
  it("is an order: reflexive, antisymmetric and transitive", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const compare = (x: string, y: string) => Math.sign(compareVersions(scheme, x, y));
        expect(compare(a, a)).toBe(0);
        expect(compare(a, b) + compare(b, a)).toBe(0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
        expect(versionProblem(scheme, a)).toBeUndefined();
      }),
    );
  });
});

describe("compareVersions", () => {
  it("orders calver by its numbers, whatever their width", () => {
    fc.assert(
      fc.property(calver, calver, (a, b) => {
        const numbers = (text: string) => text.split(".").map(Number);
        const [x, y] = [numbers(a), numbers(b)];
        const at = x.findIndex((value, index) => value !== y[index]);
        const expected = at === -1 ? 0 : Math.sign((x[at] ?? 0) - (y[at] ?? 0));
        expect(Math.sign(compareVersions("calver", a, b))).toBe(expected);
      }),
    );
  });

  it("puts 2026.09.10 after 2026.09.9, and a release after its candidate", () => {
    expect(compareVersions("calver", "2026.09.10", "2026.09.9")).toBeGreaterThan(0);
    expect(compareVersions("calver", "2026.10.0", "2026.09.9")).toBeGreaterThan(0);
    expect(compareVersions("semver", "2.0.0", "2.0.0-rc.1")).toBeGreaterThan(0);
    expect(compareVersions("semver", "2.0.0-rc.10", "2.0.0-rc.9")).toBeGreaterThan(0);
  });

  it("refuses what is no version of the scheme", () => {
    expect(() => compareVersions("calver", "2026.6.0", "2026.06.0")).toThrow(TypeError);
    expect(() => compareVersions("semver", "1.0", "1.0.0")).toThrow(TypeError);
  });
});

describe("versionProblem", () => {
  it.each([
    ["semver", "v1.0.0"],
    ["semver", "1.0"],
    ["semver", "01.0.0"],
    ["semver", "1.0.0+build.5"],
    ["semver", "1.0.0-01"],
    ["semver", " 1.0.0"],
    ["semver", "2026.06.0"],
    ["calver", "2026.6.0"],
    ["calver", "2026.13.0"],
    ["calver", "2026.00.0"],
    ["calver", "26.06.0"],
    ["calver", "2026.06"],
    ["calver", "2026.06.01"],
    ["calver", "2026.06.0-rc.1"],
  ] as const)("refuses %s %s", (scheme, version) => {
    expect(versionProblem(scheme, version)).toMatch(/^is not (?:semver|calver); expected/);
  });
});

describe("isStable", () => {
  it("is false for pre-releases alone", () => {
    expect(isStable("semver", "2.0.0-rc.1")).toBe(false);
    expect(isStable("semver", "2.0.0")).toBe(true);
    expect(isStable("calver", "2026.06.0")).toBe(true);
  });
});

describe("ranges", () => {
  it.each([
    ["calver", "2026.06.1", ">=2026.06.0 <2026.08.0", true],
    ["calver", "2026.08.0", ">=2026.06.0 <2026.08.0", false],
    ["calver", "2026.06.9", "2026.06.x", true],
    ["calver", "2026.07.0", "2026.06", false],
    ["calver", "2026.11.0", "~2026.11.0 || 2026.10.4", true],
    ["calver", "2026.10.4", "2026.10.3 - 2026.10.5", true],
    ["calver", "2027.01.0", "^2026.06.0", false],
    ["semver", "1.4.1", "^1.4.0", true],
    ["semver", "2.0.0-rc.1", "^1.4.0 || 2.0.x", false],
    ["semver", "2.0.0-rc.1", ">=2.0.0-rc.1", true],
  ] as const)("over %s put %s into %s: %s", (scheme, version, range, inside) => {
    expect(rangeProblem(scheme, range)).toBeUndefined();
    expect(satisfiesRange(scheme, version, range)).toBe(inside);
  });

  it("hold every version that they name", () => {
    fc.assert(
      fc.property(calver, (version) => {
        expect(rangeProblem("calver", `>=${version}`)).toBeUndefined();
        expect(satisfiesRange("calver", version, `>=${version}`)).toBe(true);
        expect(satisfiesRange("calver", version, `<${version}`)).toBe(false);
      }),
    );
  });

  it.each([
    ["calver", ">=2026.6.0"],
    ["calver", "2026.13.x"],
    ["calver", "soon"],
    ["semver", "one or two"],
  ] as const)("over %s refuse %s", (scheme, range) => {
    expect(rangeProblem(scheme, range)).toMatch(/expected/);
  });
});
