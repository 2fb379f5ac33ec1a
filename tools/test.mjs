// `npm test`: set-up, lint, types, tests. Goes on after a failed step, so that
// one run shows all there is; the last line counts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { PROJECT_DIR } from "./catalogue.mjs";
import { messageOf, ToolError } from "./errors.mjs";
import { setUp } from "./setup.mjs";
import { describeTally, sum, tallyOfStep, tallyOfVitest } from "./tally.mjs";

const MODULES = path.join(PROJECT_DIR, "node_modules");

/**
 * @param {readonly string[]} args passed on to vitest
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  /** @type {Record<string, string>} */
  let missing = {};
  try {
    missing = (await setUp("test")).missing;
  } catch (thrown) {
    if (!(thrown instanceof ToolError)) throw thrown;
    console.error(messageOf(thrown));
    console.log(describeTally(tallyOfStep(1)));
    return 1;
  }
  const scratch = mkdtempSync(path.join(os.tmpdir(), "slipway-test-"));
  const report = path.join(scratch, "vitest.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  try {
    const lint = node("@biomejs/biome/bin/biome", ["check", "."], {});
    const types = node("typescript/bin/tsc", ["--noEmit"], {});
    const tests = node("vitest/vitest.mjs", ["run", ...reporters, ...args], {
      // For whyMissing in find.mjs: tests name the reason where they skip.
      SLIPWAY_MISSING_TOOLS: JSON.stringify(missing),
    });
    const total = sum([tallyOfStep(lint), tallyOfStep(types), tallyOfVitest(report, tests)]);
    console.log(describeTally(total));
    return total.failed === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} script inside node_modules
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 * @returns {number} the exit code
 */
function node(script, args, env) {
  const run = spawnSync(process.execPath, [path.join(MODULES, script), ...args], {
    cwd: PROJECT_DIR,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  if (run.error) throw run.error;
  return run.status ?? 1;
}

process.exitCode = await main(process.argv.slice(2));
