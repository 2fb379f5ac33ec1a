// `npm start`: from a bare clone to a converged stack on the offline Azure.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { PROJECT_DIR } from "./catalogue.mjs";
import { messageOf, ToolError } from "./errors.mjs";
import { setUp } from "./setup.mjs";

const SLIPWAY = path.join(PROJECT_DIR, "cli", "slipway.mjs");

/** @returns {Promise<number>} the exit code */
async function main() {
  try {
    await setUp("run");
  } catch (thrown) {
    if (!(thrown instanceof ToolError)) throw thrown;
    console.error(messageOf(thrown));
    return 1;
  }
  const started = slipway(["sandbox", "start"], process.env, "inherit");
  if (started.code !== 0) return started.code;
  const asked = slipway(["sandbox", "env", "--json"], process.env, "pipe");
  if (asked.code !== 0) return asked.code;
  const env = { ...process.env, ...parseVariables(asked.output) };
  return slipway(["up", "--stack", "dev"], env, "inherit").code;
}

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {"inherit" | "pipe"} stdout
 * @returns {{ code: number, output: string }}
 */
function slipway(args, env, stdout) {
  const run = spawnSync(process.execPath, [SLIPWAY, ...args], {
    cwd: PROJECT_DIR,
    env,
    stdio: ["inherit", stdout, "inherit"],
    encoding: "utf8",
  });
  if (run.error) throw run.error;
  // A program that a signal ended has no exit code: shells count from 128 then.
  return { code: run.status ?? 128, output: run.stdout ?? "" };
}

/**
 * @param {string} json a flat object of variables
 * @returns {Record<string, string>}
 */
function parseVariables(json) {
  /** @type {unknown} */
  const parsed = JSON.parse(json);
  const isFlat =
    typeof parsed === "object" &&
    parsed !== null &&
    Object.values(parsed).every((value) => typeof value === "string");
  if (isFlat) return /** @type {Record<string, string>} */ (parsed);
  throw new Error(
    `"slipway sandbox env --json" printed ${json.slice(0, 200)}, expected one flat object of strings.`,
  );
}

process.exitCode = await main();
