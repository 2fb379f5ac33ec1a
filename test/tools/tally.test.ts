import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { describeTally, sum, tallyOfStep, tallyOfVitest } from "../../tools/tally.mjs";
import { temporaryFolder } from "./helpers.ts";

function reportOf(...suites: { status: string; tests: string[] }[]): string {
  const file = path.join(temporaryFolder(), "report.json");
  const testResults = suites.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  }));
  writeFileSync(file, JSON.stringify({ testResults }));
  return file;
}

describe("describeTally", () => {
  it("names skipped tests only where there are some", () => {
    expect(describeTally({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
    expect(describeTally({ passed: 3, failed: 1, skipped: 2 })).toBe(
      "3 passed, 1 failed, 2 skipped",
    );
  });

  it("counts each step as one", () => {
    expect(sum([tallyOfStep(0), tallyOfStep(1)])).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

describe("tallyOfVitest", () => {
  it("counts passed, failed and skipped tests", () => {
    const file = reportOf(
      { status: "passed", tests: ["passed", "passed", "skipped", "todo"] },
      { status: "failed", tests: ["passed", "failed"] },
    );
    expect(tallyOfVitest(file, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it("counts a file that could not be loaded as a failed test", () => {
    const file = reportOf({ status: "failed", tests: [] }, { status: "passed", tests: ["passed"] });
    expect(tallyOfVitest(file, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("counts a failed run of passed tests as a failed test", () => {
    const file = reportOf({ status: "passed", tests: ["passed"] });
    expect(tallyOfVitest(file, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("counts a crash without a report as a failed test", () => {
    const missing = path.join(temporaryFolder(), "none.json");
    expect(tallyOfVitest(missing, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    const broken = path.join(temporaryFolder(), "broken.json");
    writeFileSync(broken, '{"testResults":');
    expect(tallyOfVitest(broken, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
