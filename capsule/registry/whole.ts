import { LIMITS } from "../archive.ts";
import type { Blob, Capsule } from "../contract.ts";
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
  const { digest, content: manifest } = await source.manifest();
  const part = async (name: string, { mediaType, ...descriptor }: CapsuleDescriptor) => {
    const content = await readPart(source, name, { mediaType, ...descriptor }, LIMITS.compressed);
    return { mediaType, digest: descriptor.digest, content };
  };
  const config = await part("config", opened.manifest.config);
  const layers: Blob[] = [];
  for (const [name, layer] of Object.entries(opened.manifest.layers)) {
    layers.push(await part(name, layer));
  }
  return { opened, capsule: { digest, manifest, config, layers } };
}
