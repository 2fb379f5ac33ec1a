// What the engine starts: the program, which is index.ts.
import { importCompiled } from "./tools/compiled.mjs";

const { default: program } = /** @type {typeof import("./index.ts")} */ (
  await importCompiled("index.ts")
);

export default program;
