/** What builds owe their records, in one write each (S-3). */
import { finishRecord, type ReleaseRegistry } from "../../registry/index.ts";

/** The output of a build, as the stack exports it. */
export interface BuildResult {
  digest: string;
  /** Bytes of the manifest. */
  size: number;
  mediaType: string;
}

export interface FinishRequest {
  root: string;
  registry: ReleaseRegistry;
  /** `<name>.azurecr.io` */
  server: string;
  /** By release, `<component>@<version>`; without values where the release is not built yet. */
  builds: Readonly<Record<string, Partial<BuildResult>>>;
}

/**
 * Writes registry, digest and size into every pending record that was built.
 *
 * @returns the files that were written, relative to the root
 * @throws SlipwayError with code `record-conflict` where a record says otherwise by now
 */
export async function finishRecords(request: FinishRequest): Promise<string[]> {
  const { root, registry, server, builds } = request;
  const written: string[] = [];
  for (const record of [...registry.records.values()].flat()) {
    const built = builds[`${record.component}@${record.version}`];
    if (built === undefined || record.status !== "pending") continue;
    const { digest, size, mediaType } = built;
    // An update of one solution leaves the other builds out: the stack has no output of them.
    if (digest === undefined || size === undefined || mediaType === undefined) continue;
    const { outcome } = await finishRecord(root, record, {
      registry: server,
      digest,
      size,
      mediaType,
    });
    if (outcome === "written") written.push(record.file);
  }
  return written;
}
