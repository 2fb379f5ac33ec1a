// `npm run chaos`: kills the engine at random points, seed after seed, and releases at each of their
// effects. Takes minutes, so it is no part of `npm test`, which has a sample of both
// (test/e2e/kill-points.test.ts, test/e2e/release.test.ts).
import { spawnSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { PROJECT_DIR } from "./catalogue.mjs";
import { messageOf, ToolError } from "./errors.mjs";
import { setUp } from "./setup.mjs";

const PROGRAM = path.join(PROJECT_DIR, "test", "chaos", "main.ts");
const LOADER = path.join(PROJECT_DIR, "node_modules", "tsx", "dist", "loader.mjs");

/**
 * @param {readonly string[]} args `--seeds N`, `--seed S`, `--releases`
 * @returns {Promise<number>} the exit code: 1 where something was violated
 */
async function main(args) {
  try {
    await setUp("run");
  } catch (thrown) {
    if (!(thrown instanceof ToolError)) throw thrown;
    console.error(messageOf(thrown));
    return 1;
  }
  const run = spawnSync(
    process.execPath,
    ["--import", pathToFileURL(LOADER).href, PROGRAM, ...args],
    { cwd: PROJECT_DIR, stdio: "inherit" },
  );
  if (run.error) throw run.error;
  return run.status ?? 1;
}

process.exitCode = await main(process.argv.slice(2));
