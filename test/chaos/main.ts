/** `npm run chaos [-- --seeds N] [--seed S]`: prints seed, points and verdict. */
import { parseArgs } from "node:util";
import { runSeed } from "./seed.ts";

const DEFAULT_SEEDS = 3;

const { values } = parseArgs({
  options: { seeds: { type: "string" }, seed: { type: "string" } },
});
const first = numberOf(values.seed) ?? Math.floor(Date.now() / 1000);
const count = numberOf(values.seeds) ?? (values.seed === undefined ? DEFAULT_SEEDS : 1);
let violated = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const found = await runSeed(seed, (line) => say(`seed ${seed}  ${line}`));
  for (const violation of found) say(`seed ${seed}    ${violation}`);
  say(`seed ${seed}: ${found.length === 0 ? "ok" : "VIOLATED"}`);
  if (found.length > 0) violated += 1;
}
say(`${count - violated} seeds ok, ${violated} violated`);
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
