import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Every `sh` block of a page, in order, as one script that stops at the first failure. */
export function commandsOf(page: string): string {
  const text = readFileSync(fileURLToPath(new URL(`../../${page}`, import.meta.url)), "utf8");
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? "");
  if (blocks.length === 0) throw new Error(`${page} has no commands`);
  return ["set -euo pipefail", ...blocks].join("\n");
}
