#!/usr/bin/env node
import { isLight, loadLight } from "./light.mjs";

const argv = process.argv.slice(2);
const { main } = (isLight(argv[0]) ? await loadLight() : undefined) ?? (await loadSources());
process.exitCode = await main(argv);

async function loadSources() {
  const { register } = await import("tsx/esm/api");
  register();
  return import("./main.ts");
}
