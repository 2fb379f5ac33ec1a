// Runs the sandbox's process: see daemon.ts.
import { importCompiled } from "../../tools/compiled.mjs";

await importCompiled("sandbox/supervisor/daemon.ts");
