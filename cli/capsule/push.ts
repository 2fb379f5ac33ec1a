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
  /** Whether its digest is signed, too, with the key of releases. */
  sign?: boolean;
  note: Note;
}

/** The document of `slipway capsule push`. */
export interface PushDocument extends CapsuleDocument {
  /** Whether anything of it was not there. */
  pushed: boolean;
  /** `sha256:<hex>` of what names it on the image; null where the image is in another registry. */
  referrer: string | null;
  /** Whether it was signed now; absent unless asked for. */
  signed?: boolean;
}

/** @throws SlipwayError as `openSource`, `pushCapsule` and `signCapsule` */
export async function push({
  capsule,
  to,
  insecure = false,
  sign = false,
  note,
}: PushOptions): Promise<PushDocument> {
  const source = await openSource(capsule, { insecure });
  const target = to === undefined ? {} : { to: parseReference(to) };
  const transfer = createTransfer("pushing", note);
  try {
    const at = await pushCapsule({
      source,
      ...target,
      insecure,
      onProgress: transfer.progress,
    });
    const opened = await openCapsule(source);
    const { ref, tag, pushed, referrer } = at;
    const document = { ...documentOf(opened), ref, tag, pushed, referrer: referrer ?? null };
    if (!sign) return document;
    const { signCapsule } = await import("../../releasing/sign-capsule.ts");
    const { commit } = opened.manifest;
    return {
      ...document,
      signed: await signCapsule({ ...at, commit, env: process.env, insecure }),
    };
  } finally {
    await transfer.stop();
  }
}
