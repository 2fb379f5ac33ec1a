#!/usr/bin/env node
import { isLight, loadLight } from "./light.mjs";

const argv = process.argv.slice(2);
const { main } = (isLight(argv[0]) ? await loadLight() : undefined) ?? (await loadSources());
process.exitCode = await main(argv);

/** @returns {Promise<typeof import("./main.ts")>} */
async function loadSources() {
  await import("../tools/lazy-sdk.mjs");
  const { importCompiled } = await import("../tools/compiled.mjs");
  return /** @type {typeof import("./main.ts")} */ (await importCompiled("cli/main.ts"));
}
