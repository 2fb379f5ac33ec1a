// Which engines will do. One that the user brought may be of any age.
import { readFileSync } from "node:fs";
import path from "node:path";
import { PROJECT_DIR } from "./catalogue.mjs";

/**
 * Why an engine will not do. The least is the version of the SDK that the program is written for:
 * nobody has tried it with an older engine.
 *
 * @param {string} version as `pulumi version` prints it
 * @param {string} file where it is
 * @returns {string | undefined} a sentence with the next command; undefined when it will do
 */
export function engineProblem(version, file) {
  const least = leastEngine();
  const [major, minor] = numbersOf(version);
  const [leastMajor = 0, leastMinor = 0] = numbersOf(least);
  if (major === leastMajor && minor !== undefined && minor >= leastMinor) return undefined;
  const found = major === undefined ? "a pulumi that tells no version" : `pulumi ${version.trim()}`;
  return `found ${found} (${file}), expected version ${least} or newer, and below ${leastMajor + 1}: update it (https://www.pulumi.com/docs/install/), or take it off PATH and run \`node tools/setup.mjs\`, which brings its own`;
}

/** @returns {string} such as 3.248.0 */
function leastEngine() {
  /** @type {{ dependencies: Record<string, string> }} */
  const { dependencies } = JSON.parse(readFileSync(path.join(PROJECT_DIR, "package.json"), "utf8"));
  return (dependencies["@pulumi/pulumi"] ?? "").replace(/^\D+/, "");
}

/**
 * @param {string} version
 * @returns {number[]} none when it is no version
 */
function numbersOf(version) {
  const match = /^\s*v?(\d+)\.(\d+)\./.exec(version);
  return match === null ? [] : [Number(match[1]), Number(match[2])];
}
