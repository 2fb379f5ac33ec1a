// Loads TypeScript by itself: the engine starts the plugin from any folder, where Node would not
// find tsx by name.
import { register } from "tsx/esm/api";

const WATCH_MILLISECONDS = 1000;

register();
const { main } = await import("@pulumi/pulumi/provider/index.js");
const { SlipwayProvider } = await import("./provider.ts");

// An engine that was killed cannot end its plugins: they would wait for it for ever.
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit();
}, WATCH_MILLISECONDS).unref();

await main(new SlipwayProvider(process.env), process.argv.slice(2));
