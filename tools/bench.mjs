// `npm run bench [name...]`: set-up, then the benchmarks that bench/run.ts names.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { PROJECT_DIR } from "./catalogue.mjs";
import { messageOf, ToolError } from "./errors.mjs";
import { toolsEnvPath } from "./find.mjs";
import { setUp } from "./setup.mjs";

/** @returns {Promise<number>} the exit code */
async function main() {
  try {
    await setUp("run");
  } catch (thrown) {
    if (!(thrown instanceof ToolError)) throw thrown;
    console.error(messageOf(thrown));
    return 1;
  }
  const script = path.join(PROJECT_DIR, "bench", "run.ts");
  const run = spawnSync(process.execPath, ["--import", "tsx", script, ...process.argv.slice(2)], {
    cwd: PROJECT_DIR,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${toolsEnvPath()}${path.delimiter}${process.env.PATH ?? ""}`,
    },
  });
  if (run.error) throw run.error;
  return run.status ?? 1;
}

process.exitCode = await main();
