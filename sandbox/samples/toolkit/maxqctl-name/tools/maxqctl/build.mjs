// Fills dist/ with what is released. Needs Node.js and nothing else: no network, no compiler.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const { SLIPWAY_VERSION: version = "0.0.0-dev", SLIPWAY_COMMIT: commit = "unknown" } = process.env;
const stamp = (text) => text.replaceAll("@VERSION@", version).replaceAll("@COMMIT@", commit);

mkdirSync("dist/completions", { recursive: true });
writeFileSync("dist/maxqctl", stamp(readFileSync("maxqctl.mjs", "utf8")));
writeFileSync("dist/maxqctl.1", stamp(readFileSync("maxqctl.1", "utf8")));
writeFileSync("dist/completions/maxqctl.bash", 'complete -W "name version" maxqctl\n');
console.log(`maxqctl ${version}`);
