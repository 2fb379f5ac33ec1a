import { openCapsule } from "../../capsule/open.ts";
import { parseReference, pushCapsule } from "../../capsule/registry/index.ts";
import type { Note } from "../types.ts";
import { type CapsuleDocument, documentOf } from "./document.ts";
import { openSource } from "./source.ts";
import { createTransfer } from "./transfer.ts";

export interface PushOptions {
  /** Folder of an OCI layout, or a capsule in a registry. */
  capsule: string;
  /** `<registry>/<repository>`; that of the image with `-capsule` unless given (S-8). */
  to?: string | undefined;
  insecure?: boolean;
  note: Note;
}

/** The document of `slipway capsule push`. */
export interface PushDocument extends CapsuleDocument {
  /** Whether anything of it was not there. */
  pushed: boolean;
  /** `sha256:<hex>` of what names it on the image; null where the image is in another registry. */
  referrer: string | null;
}

/** @throws SlipwayError as `openSource` and `pushCapsule` */
export async function push({
  capsule,
  to,
  insecure = false,
  note,
}: PushOptions): Promise<PushDocument> {
  const source = await openSource(capsule, { insecure });
  const target = to === undefined ? {} : { to: parseReference(to) };
  const transfer = createTransfer("pushing", note);
  try {
    const { ref, tag, pushed, referrer } = await pushCapsule({
      source,
      ...target,
      insecure,
      onProgress: transfer.progress,
    });
    const document = documentOf(await openCapsule(source));
    return { ...document, ref, tag, pushed, referrer: referrer ?? null };
  } finally {
    await transfer.stop();
  }
}
