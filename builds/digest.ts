import { createHash } from "node:crypto";

/** @returns `sha256:<hex>` */
export function sha256(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
