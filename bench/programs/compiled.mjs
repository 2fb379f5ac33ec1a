// `node bench/programs/compiled.mjs <program> [argument...]`: a program as `slipway` loads its own code.
import { importCompiled } from "../../tools/compiled.mjs";

const [, , program = ""] = process.argv;
const { main } = /** @type {{ main(): Promise<void> }} */ (
  await importCompiled(`bench/programs/${program}.ts`)
);
await main();
