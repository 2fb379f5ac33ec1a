import type { Blob, Capsule } from "../contract.ts";
import { PART_MAX_BYTES, type PartName } from "../limits.ts";
import { type OpenCapsule, openCapsule, readPart } from "../open.ts";
import type { CapsuleDescriptor } from "../read.ts";
import type { CapsuleSource } from "../source.ts";

/**
 * Reads a capsule with all its layers, each held against its descriptor.
 *
 * @throws SlipwayError `capsule-invalid`, and as the source's methods
 */
export async function readWhole(
  source: CapsuleSource,
): Promise<{ opened: OpenCapsule; capsule: Capsule }> {
  const opened = await openCapsule(source);
  return { opened, capsule: await wholeOf(opened) };
}

/** As `readWhole`, of a capsule that is open already. */
export async function wholeOf(opened: OpenCapsule): Promise<Capsule> {
  const { source } = opened;
  const { digest, content: manifest } = await source.manifest();
  const part = async (name: PartName, descriptor: CapsuleDescriptor) => {
    const { mediaType, digest } = descriptor;
    const content = await readPart(source, name, descriptor, PART_MAX_BYTES[name]);
    return { mediaType, digest, content };
  };
  const config = await part("config", opened.manifest.config);
  const layers: Blob[] = [];
  for (const name of ["package", "release", "provenance", "sbom"] as const) {
    layers.push(await part(name, opened.manifest.layers[name]));
  }
  return { digest, manifest, config, layers };
}
