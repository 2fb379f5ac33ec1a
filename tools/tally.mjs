// Counts for the last line of `npm test`.
import { readFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const tally of tallies) {
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
  }
  return total;
}

/**
 * @param {Tally} tally
 * @returns {string} "N passed, N failed", and what was skipped where something was
 */
export function describeTally(tally) {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : "";
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}

/**
 * The count of a step that has no tests of its own, such as the lint.
 *
 * @param {number} code the exit code
 * @returns {Tally}
 */
export function tallyOfStep(code) {
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/**
 * The count of a vitest run from its JSON report.
 *
 * @param {string} file
 * @param {number} code vitest's exit code
 * @returns {Tally} at least one failed test where the run failed, whatever the report says
 */
export function tallyOfVitest(file, code) {
  const tally = readReport(file);
  if (tally === undefined) return tallyOfStep(1);
  // An error outside of any test, or a threshold, fails the run and no test.
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

/**
 * @param {string} file
 * @returns {Tally | undefined} undefined where vitest crashed before it wrote one
 */
function readReport(file) {
  /** @type {unknown} */
  let report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  const suites = /** @type {{ testResults?: unknown }} */ (report).testResults;
  if (!Array.isArray(suites)) return undefined;
  return sum(suites.map(tallyOfSuite));
}

/**
 * @param {{ status?: string, assertionResults?: { status?: string }[] }} suite one test file
 * @returns {Tally}
 */
function tallyOfSuite(suite) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const test of suite.assertionResults ?? []) {
    if (test.status === "passed") tally.passed += 1;
    else if (test.status === "failed") tally.failed += 1;
    else tally.skipped += 1;
  }
  // A file that could not be loaded has no tests, or only such as were not run.
  if (suite.status === "failed" && tally.failed === 0) tally.failed = 1;
  return tally;
}
