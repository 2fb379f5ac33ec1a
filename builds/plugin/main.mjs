// The engine starts the plugin, from any folder.
import "../../tools/lazy-sdk.mjs";
import { main } from "@pulumi/pulumi/provider/index.js";
import { importCompiled } from "../../tools/compiled.mjs";

const WATCH_MILLISECONDS = 1000;

const { SlipwayProvider } = /** @type {typeof import("./provider.ts")} */ (
  await importCompiled("builds/plugin/provider.ts")
);

// An engine that was killed cannot end its plugins: they would wait for it for ever.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit();
}, WATCH_MILLISECONDS).unref();

await main(new SlipwayProvider(process.env), process.argv.slice(2));
