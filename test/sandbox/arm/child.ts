// An endpoint in a process of its own, to be killed. Prints one line of JSON when it listens.
import { appendFileSync, existsSync } from "node:fs";
import { startArm } from "../../../sandbox/arm/server.ts";
import type { SandboxPorts } from "../../../sandbox/contract.ts";

interface ChildOptions {
  stateDir: string;
  ports: SandboxPorts;
  tls: { key: string; cert: string };
  /** A run waits until this file is there. */
  gate: string;
}

const options = JSON.parse(process.argv[2] ?? "{}") as ChildOptions;
const arm = await startArm({
  ...options,
  images: { exists: async () => true },
  runner: {
    async run(request, log) {
      log(`started ${request.runId}\n`);
      appendFileSync(`${options.gate}.runs`, `${request.runId}\n`);
      while (!existsSync(options.gate)) await new Promise((resolve) => setTimeout(resolve, 20));
      return { status: "Succeeded", outputImages: [] };
    },
  },
});
process.stdout.write(
  `${JSON.stringify({ pid: process.pid, identityHeader: arm.identityHeader, endpoint: arm.endpoint })}\n`,
);
