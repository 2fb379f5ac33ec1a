import { SlipwayError } from "../schemas/problem.ts";
import { findTool, onPath } from "../tools/find.mjs";

/**
 * A program that releases use: the one that was set up, else the one on PATH.
 *
 * @returns its absolute path
 * @throws SlipwayError `tool-missing`
 */
export function releaseTool(name: string): string {
  const found = findTool(name) ?? onPath(name);
  if (found !== undefined) return found;
  throw new SlipwayError({
    code: "tool-missing",
    message: `${name} is neither set up nor on PATH: install it, or run \`node tools/setup.mjs --for test\`, then run the command again`,
  });
}
