import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import writeFileAtomic from "write-file-atomic";
import { SOLUTIONS_FILE } from "../../config/solutions.ts";
import type { Checkout } from "../../config/types.ts";
import { withFileLock } from "../../registry/file-lock.ts";
import { openCheckout } from "../checkout.ts";
import { findRoot } from "../root.ts";
import type { Outcome } from "../types.ts";
import { entryOf } from "./entry.ts";

/**
 * Edits `solutions.yaml`: one writer at a time, the file whole or not at all, and not at all when
 * the checkout would have a problem with it.
 *
 * @param id of the entry that the edit is about
 * @param edit from the file's text and the checkout as it is to the file's new text
 * @returns the entry as it is afterwards
 * @throws SlipwayError with every problem of the checkout before or after the edit, or `file-locked`
 */
export async function editSolutions(
  { cwd, id, said }: { cwd: string | undefined; id: string; said: string },
  edit: (text: string, checkout: Checkout) => string,
): Promise<Outcome> {
  const root = findRoot(cwd);
  const file = path.join(root, SOLUTIONS_FILE);
  return withFileLock(path.join(root, ".solutions.lock"), async () => {
    const before = await openCheckout(root);
    const text = edit(readFileSync(file, "utf8"), before);
    const after = await checkoutWith(root, text);
    await writeFileAtomic(file, text);
    const solution = after.solutions.find((candidate) => candidate.id === id);
    if (solution === undefined) throw new Error(`the edit of ${SOLUTIONS_FILE} lost ${id}`);
    return { data: entryOf(solution, after), text: said };
  });
}

/** The checkout as it would be: links to everything that is there, and the new list in its place. */
async function checkoutWith(root: string, text: string): Promise<Checkout> {
  const draft = await mkdtemp(path.join(tmpdir(), "slipway-"));
  try {
    for (const name of await readdir(root)) {
      if (name !== SOLUTIONS_FILE) await symlink(path.join(root, name), path.join(draft, name));
    }
    await writeFile(path.join(draft, SOLUTIONS_FILE), text);
    return await openCheckout(draft);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
