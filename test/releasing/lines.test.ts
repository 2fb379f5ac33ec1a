import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions, versionProblem } from "../../registry/index.ts";
import {
  calverAfter,
  lineOf,
  parseLine,
  preReleaseId,
  preReleaseOf,
  stepBetween,
  stepFrom,
} from "../../releasing/next/lines.ts";

const part = fc.integer({ min: 0, max: 10_000 });
const semver = fc.tuple(part, part, part).map((parts) => parts.join("."));
const level = fc.constantFrom("major" as const, "minor" as const, "patch" as const);
const time = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString());

describe("stepFrom", () => {
  it.each([
    [undefined, "patch", "0.1.0"],
    [undefined, "major", "0.1.0"],
    ["0.8.0", "patch", "0.8.1"],
    ["0.8.1", "minor", "0.9.0"],
    ["0.9.1", "major", "0.10.0"],
    ["1.4.1", "patch", "1.4.2"],
    ["1.4.1", "minor", "1.5.0"],
    ["1.4.1", "major", "2.0.0"],
  ] as const)("goes from %s by a %s to %s", (from, by, to) => {
    expect(stepFrom(from, by)).toBe(to);
  });

  it("always leads to a later version, and never out of 0", () => {
    fc.assert(
      fc.property(semver, level, (from, by) => {
        const to = stepFrom(from, by);
        expect(versionProblem("semver", to)).toBeUndefined();
        expect(compareVersions("semver", to, from)).toBeGreaterThan(0);
        if (from.startsWith("0.")) expect(to).toMatch(/^0\./);
        else expect(stepBetween("semver", from, to)).toBe(by);
      }),
    );
  });
});

describe("preReleaseOf", () => {
  it.each([
    ["2.0.0", "rc", undefined, "2.0.0-rc.1"],
    ["2.0.0", "rc", "2.0.0-rc.1", "2.0.0-rc.2"],
    ["2.0.0", "rc", "2.0.0-rc.9", "2.0.0-rc.10"],
    ["2.0.0", "rc", "2.0.0-beta.3", "2.0.0-rc.1"],
    ["2.0.0", "rc", "2.0.0-rc", "2.0.0-rc.1"],
  ])("of %s as %s after %s is %s", (version, id, last, expected) => {
    expect(preReleaseOf(version, id, last)).toBe(expected);
    expect(preReleaseId(expected)).toBe(id);
  });
});

describe("calverAfter", () => {
  it.each([
    [undefined, "2026-07-03T00:00:00Z", "2026.07.0"],
    ["2026.07.0", "2026-07-31T23:59:59Z", "2026.07.1"],
    ["2026.07.9", "2026-07-31T23:59:59Z", "2026.07.10"],
    ["2026.07.3", "2026-08-01T00:00:00Z", "2026.08.0"],
    ["2026.12.3", "2027-01-01T00:00:00Z", "2027.01.0"],
    ["2026.08.0", "2026-07-31T23:59:59Z", "2026.08.1"],
  ])("after %s, of a commit of %s, is %s", (current, at, expected) => {
    expect(calverAfter(current, at)).toBe(expected);
  });

  it("always is a later version, and of the commit's month or a later one", () => {
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 12 }), (times) => {
        let current: string | undefined;
        for (const at of times) {
          const next = calverAfter(current, at);
          expect(versionProblem("calver", next)).toBeUndefined();
          if (current !== undefined) {
            expect(compareVersions("calver", next, current)).toBeGreaterThan(0);
          }
          expect(lineOf(next) >= at.slice(0, 7).replace("-", ".")).toBe(true);
          current = next;
        }
      }),
    );
  });
});

describe("stepBetween", () => {
  it("counts a new month as minor, whatever the year", () => {
    expect(stepBetween("calver", "2026.12.3", "2027.01.0")).toBe("minor");
    expect(stepBetween("calver", "2026.07.0", "2026.08.0")).toBe("minor");
    expect(stepBetween("calver", "2026.07.0", "2026.07.1")).toBe("patch");
  });
});

describe("parseLine", () => {
  it("takes lines of the scheme", () => {
    expect(parseLine("semver", "1.4")).toEqual({ name: "1.4", first: "1.4.0" });
    expect(parseLine("calver", "2026.07")).toEqual({ name: "2026.07", first: "2026.07.0" });
  });

  it.each([
    ["semver", "1"],
    ["semver", "1.4.0"],
    ["semver", "01.4"],
    ["semver", "-1.4"],
    ["semver", "1.4-rc"],
    ["semver", "../1"],
    ["calver", "2026.7"],
    ["calver", "2026.13"],
    ["calver", "1.4"],
  ] as const)("of %s refuses %s", (scheme, name) => {
    expect(() => parseLine(scheme, name)).toThrow(/expected (X\.Y|YYYY\.MM)/);
  });
});
