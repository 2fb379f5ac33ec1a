/** The command line as a user runs it: the bin, in a process of its own. */
import { fileURLToPath } from "node:url";
import { execa } from "execa";

export interface Finished {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export const BIN = fileURLToPath(new URL("../../cli/slipway.mjs", import.meta.url));

/** @param cwd folder that it runs in */
export async function slipway(cwd: string, ...args: string[]): Promise<Finished> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [BIN, ...args], {
    cwd,
    reject: false,
    stdin: "ignore",
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** The document of a verb; fails the test unless stdout is exactly one. */
export async function json<T>(cwd: string, ...args: string[]): Promise<T> {
  const { stdout } = await slipway(cwd, ...args, "--json");
  return JSON.parse(stdout) as T;
}
