// Runs the stand-in's process: see plugin.ts.
import { importCompiled } from "../../tools/compiled.mjs";

await importCompiled("sandbox/azure-native/plugin.ts");
