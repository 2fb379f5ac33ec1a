import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onEndingSignal } from "./signals.ts";
import { temporaryUnwritten } from "./unwritten.ts";

/** Tried again where something was just being written. */
const ALL = { recursive: true, force: true, maxRetries: 2 };

/**
 * Work in a new folder that only this user can enter (mode 0700). It is removed however the work
 * ends, by a signal too, which ends the process as if nobody had listened.
 *
 * @throws SlipwayError `file-unwritten` when there can be no such folder
 */
export async function inPrivateFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  let folder: string | undefined;
  const unlisten = onEndingSignal((signal) => {
    try {
      if (folder !== undefined) rmSync(folder, ALL);
    } catch {
      // The process ends by its signal all the same.
    }
    unlisten();
    process.kill(process.pid, signal);
  });
  try {
    // Nothing is awaited until its name is known to the listener.
    folder = newFolder();
    return await work(folder);
  } finally {
    try {
      if (folder !== undefined) await rm(folder, ALL);
    } finally {
      unlisten();
    }
  }
}

function newFolder(): string {
  const parent = tmpdir();
  try {
    // macOS has its temporary folders behind a link, which tools that are kept to a folder would leave.
    return mkdtempSync(join(realpathSync(parent), "slipway-capsule-"));
  } catch (error) {
    throw temporaryUnwritten(parent, error);
  }
}
