import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import writeFileAtomic from "write-file-atomic";
import type { SandboxPorts } from "../contract.ts";

const PARTS = ["arm", "identity", "registry", "git"] as const;
/** Below the range from which systems give ports to outgoing connections. */
const FIRST = 20_000;
const COUNT = 10_000;

/**
 * The ports of a checkout's sandbox: the kept ones, or new ones that are then kept. New ones begin
 * at a place that follows from `root`, so that checkouts hardly ever meet.
 * @throws when a kept port is taken, naming port, part and what to do
 */
export async function choosePorts(file: string, root: string): Promise<SandboxPorts> {
  const kept = await readPorts(file);
  if (kept !== undefined) {
    for (const part of PARTS) {
      if (!(await isFree(kept[part]))) throw new Error(taken(part, kept[part], file));
    }
    return kept;
  }
  const start = createHash("sha256").update(root).digest().readUInt32BE(0) % COUNT;
  const free: number[] = [];
  for (let step = 0; step < COUNT && free.length < PARTS.length; step++) {
    const port = FIRST + ((start + step) % COUNT);
    if (await isFree(port)) free.push(port);
  }
  const [arm, identity, registry, git] = free;
  if (arm === undefined || identity === undefined || registry === undefined || git === undefined) {
    throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT}`);
  }
  const ports = { arm, identity, registry, git };
  await writeFileAtomic(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

/** @returns undefined when none were chosen yet */
async function readPorts(file: string): Promise<SandboxPorts | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const ports = JSON.parse(text) as SandboxPorts;
  const valid = PARTS.every((part) => Number.isInteger(ports[part]));
  if (!valid) throw new Error(`${file} does not hold the ports of ${PARTS.join(", ")}; delete it`);
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function taken(part: string, port: number, file: string): string {
  return [
    `port ${port}, the sandbox's for ${part}, is taken by another process.`,
    `Stop that process, or delete ${file} to have new ports chosen; nothing else depends on them.`,
  ].join(" ");
}
