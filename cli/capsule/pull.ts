import { requireFree, writeLayout } from "../../capsule/layout.ts";
import { parseReference, readWhole, registrySource } from "../../capsule/registry/index.ts";
import { commitTag } from "../../registry/tags.ts";
import type { Note } from "../types.ts";
import { type CapsuleDocument, documentOf } from "./document.ts";
import { createTransfer } from "./transfer.ts";

export interface PullOptions {
  /** `<registry>/<repository>` with a tag or a digest. */
  capsule: string;
  /** Folder, which must not be there yet, or be empty. */
  output: string;
  insecure?: boolean;
  note: Note;
}

/** The document of `slipway capsule pull`. */
export interface PullDocument extends CapsuleDocument {
  /** As it was given. */
  output: string;
}

/**
 * Writes an OCI layout once all of the capsule is here and is what its digests say.
 *
 * @throws SlipwayError as `parseReference`, `registrySource`, `readWhole` and `writeLayout`
 */
export async function pull(options: PullOptions): Promise<PullDocument> {
  const { output, insecure = false } = options;
  const reference = parseReference(options.capsule);
  // Before the download: it may take long.
  await requireFree(output);
  const transfer = createTransfer("pulling", options.note);
  try {
    const source = await registrySource(reference, {
      insecure,
      onProgress: transfer.progress,
    });
    const { opened, capsule } = await readWhole(source);
    await writeLayout(output, capsule, source.tag ?? commitTag(opened.manifest.commit));
    return { ...documentOf(opened), output };
  } finally {
    await transfer.stop();
  }
}
