/** The program of `builds-engine.test.ts`: one run per entry of the settings. */
import { readFileSync } from "node:fs";
import { Run, type RunArgs } from "../../builds/run.ts";

const settings = JSON.parse(readFileSync(process.env.SETTINGS ?? "", "utf8")) as {
  runs: RunArgs[];
};
const runs = settings.runs.map((args) => new Run(`${args.component}@${args.version}`, args));
export const digests = runs.map(({ digest }) => digest);
export const adopted = runs.map((run) => run.adopted);
