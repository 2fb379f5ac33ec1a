import { rmSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Work in a new folder that only this user can enter (mode 0700). It is removed however the work
 * ends, by a signal too, which ends the process as if nobody had listened.
 */
export async function inPrivateFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  // macOS has its temporary folders behind a link, which tools that are kept to a folder would leave.
  const folder = await realpath(await mkdtemp(join(tmpdir(), "slipway-capsule-")));
  const end = (signal: NodeJS.Signals): void => {
    rmSync(folder, { recursive: true, force: true });
    unlisten();
    process.kill(process.pid, signal);
  };
  const unlisten = (): void => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    return await work(folder);
  } finally {
    unlisten();
    await rm(folder, { recursive: true, force: true });
  }
}
