import { rmSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onEndingSignal } from "./signals.ts";

/**
 * Work in a new folder that only this user can enter (mode 0700). It is removed however the work
 * ends, by a signal too, which ends the process as if nobody had listened.
 */
export async function inPrivateFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  // macOS has its temporary folders behind a link, which tools that are kept to a folder would leave.
  const folder = await realpath(await mkdtemp(join(tmpdir(), "slipway-capsule-")));
  const unlisten = onEndingSignal((signal) => {
    rmSync(folder, { recursive: true, force: true });
    unlisten();
    process.kill(process.pid, signal);
  });
  try {
    return await work(folder);
  } finally {
    unlisten();
    await rm(folder, { recursive: true, force: true });
  }
}
