import { rm } from "node:fs/promises";
import { makeScratch, sweepScratch } from "../tools/cache.mjs";

/** Runs work with an empty folder of its own; one that a killed run left is removed by the next. */
export async function withScratch<T>(
  label: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  sweepScratch();
  const folder = makeScratch(label);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
