import { type RunningPart, startParts } from "./parts.ts";
import { sandboxPaths } from "./paths.ts";
import { choosePorts } from "./ports.ts";
import { identify } from "./process-identity.ts";
import { type SandboxState, writeState } from "./state.ts";

// The process that holds the sandbox: ARM, identity, git host and task runner run inside it, the
// registry and BuildKit as its children. Started by `start.ts` with the checkout's root.
const [, , root = ""] = process.argv;
const paths = sandboxPaths(root);
const parts: RunningPart[] = [];
let stopping = false;

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(0));
// The terminal it was started from may close; the sandbox stays.
process.on("SIGHUP", () => {});
process.on("uncaughtException", (error) => fail(error));
process.on("unhandledRejection", (error) => fail(error));

try {
  await run();
} catch (error) {
  fail(error);
}

async function run(): Promise<void> {
  const daemon = await identify(process.pid);
  if (daemon === undefined) throw new Error("this process can't find itself");
  const ports = await choosePorts(paths.ports, root);
  const state: SandboxState = { root, daemon, children: {}, ports };
  await writeState(paths.state, state);
  const ready = await startParts(paths, ports, async (part) => {
    parts.push(part);
    const child = part.process;
    if (child === undefined) return;
    child.once("exit", () => fail(new Error(`${part.name} ended`)));
    const identity = child.pid === undefined ? undefined : await identify(child.pid);
    if (identity === undefined) throw new Error(`${part.name} ended`);
    state.children[part.name] = identity;
    await writeState(paths.state, state);
  });
  if (stopping) return;
  await writeState(paths.state, { ...state, ready });
  console.error(`${new Date().toISOString()} ready, ARM at ${ready.armEndpoint}`);
}

function fail(error: unknown): void {
  if (stopping) return;
  console.error(error instanceof Error ? error : new Error(String(error)));
  stop(1);
}

/** Ends the parts in the order opposite to their start; those still starting are children and go too. */
function stop(code: number): void {
  if (stopping) return;
  stopping = true;
  const close = async () => {
    for (const part of [...parts].reverse()) {
      await part.close().catch((error: unknown) => console.error(`${part.name}:`, error));
    }
  };
  close().finally(() => process.exit(code));
}
