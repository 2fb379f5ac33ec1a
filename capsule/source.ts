import type { CapsuleDescriptor, NamedManifest } from "./read.ts";

/** Where a capsule is read from: a registry, or an OCI layout in a folder. Nothing of it is trusted. */
export interface CapsuleSource {
  /** As problems name it: `<registry>/<repository>@sha256:<hex>`, or the folder. */
  readonly name: string;
  /** That it was asked for by, undefined where that was a digest. */
  readonly tag: string | undefined;
  /** The same each time it is asked for; whoever asks checks the digest. */
  manifest(): Promise<NamedManifest>;
  /** Bytes of a blob. No more than its size are read; whoever asks checks the digest. */
  blob(descriptor: CapsuleDescriptor): Promise<Uint8Array>;
}
