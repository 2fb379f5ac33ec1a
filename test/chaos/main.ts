/** `npm run chaos [-- --seeds N] [--seed S] [--releases]`: prints seed, points and verdict. */
import { parseArgs } from "node:util";
import { runReleases } from "./releases.ts";
import { runSeed } from "./seed.ts";

const DEFAULT_SEEDS = 3;

const { values } = parseArgs({
  options: { seeds: { type: "string" }, seed: { type: "string" }, releases: { type: "boolean" } },
});
const first = numberOf(values.seed) ?? Math.floor(Date.now() / 1000);
const count = values.releases
  ? 0
  : (numberOf(values.seeds) ?? (values.seed === undefined ? DEFAULT_SEEDS : 1));
let violated = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const found = await runSeed(seed, (line) => say(`seed ${seed}  ${line}`));
  for (const violation of found) say(`seed ${seed}    ${violation}`);
  say(`seed ${seed}: ${found.length === 0 ? "ok" : "VIOLATED"}`);
  if (found.length > 0) violated += 1;
}
say(`${count - violated} seeds ok, ${violated} violated`);
// One seed is run again to look at it, and needs nothing beside it.
if (values.seed === undefined) {
  const found = await runReleases((line) => say(`releases  ${line}`));
  for (const violation of found) say(`releases    ${violation}`);
  say(`releases: ${found.length === 0 ? "ok" : "VIOLATED"}`);
  if (found.length > 0) violated += 1;
}
process.exitCode = violated === 0 ? 0 : 1;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`not a number: ${text}`);
  return number;
}
