/** A warm `npm start`, everything as it should be, against plain `pulumi up` of the same stack. */
import path from "node:path";
import { type Command, compare, printComparison } from "./measure.ts";
import { inBenchWorld } from "./world.ts";

export async function benchStart(): Promise<void> {
  await inBenchWorld(async ({ root, env, exec }) => {
    const script = path.join(root, "tools/start.mjs");
    await exec(process.execPath, [script]);
    const start: Command = {
      label: "npm start",
      file: process.execPath,
      args: [script],
      cwd: root,
    };
    const up: Command = {
      label: "pulumi up --skip-preview",
      file: "pulumi",
      args: ["up", "--yes", "--skip-preview", "--non-interactive"],
      cwd: root,
      env,
    };
    printComparison("Warm start, 20 solutions", start, up, await compare(start, up, 3));
  });
}
