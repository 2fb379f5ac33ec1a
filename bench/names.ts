/** `slipway names` against the start of Node itself. */
import path from "node:path";
import { type Command, compare, printComparison } from "./measure.ts";

const root = path.resolve(import.meta.dirname, "..");

export async function benchNames(): Promise<void> {
  const names: Command = {
    label: "slipway names acme",
    file: process.execPath,
    args: [path.join(root, "cli/slipway.mjs"), "names", "acme", "--json"],
  };
  const node: Command = { label: "node -e 0", file: process.execPath, args: ["-e", "0"] };
  printComparison("Start of the command line", names, node, await compare(names, node, 11));
}
