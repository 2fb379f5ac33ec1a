#!/usr/bin/env node
import "../tools/lazy-sdk.mjs";
import { importCompiled } from "../tools/compiled.mjs";

const { main } = /** @type {typeof import("./main.ts")} */ (await importCompiled("cli/main.ts"));
process.exitCode = await main(process.argv.slice(2));
