import { type Problem, type ProblemCode, SlipwayError } from "../../schemas/problem.ts";
import { LIMITS } from "../archive.ts";
import { PART_MAX_BYTES, type PartName } from "../limits.ts";
import { partOf } from "../open.ts";
import {
  type CapsuleConfig,
  type CapsuleDescriptor,
  type CapsuleManifest,
  capsuleProblem,
  readConfig,
  readManifest,
  readRelease,
} from "../read.ts";
import type { CapsuleSource } from "../source.ts";
import { judged } from "./result.ts";
import type { ReadCapsule, Result } from "./types.ts";

/** What is read here, as evidence names it. */
const NAMES = {
  config: "config",
  release: "release.yaml",
  provenance: "provenance",
  sbom: "SBOM",
} as const satisfies Partial<Record<PartName, string>>;
type BlobName = keyof typeof NAMES;
/** Codes of a blob that is not there as the manifest has it. */
const MISSING: readonly ProblemCode[] = ["capsule-invalid", "file-missing", "registry-missing"];

/**
 * Reads all of a capsule but its package, and checks that each part is what the one around it says.
 *
 * @throws SlipwayError where the source cannot be read
 */
export async function readParts(
  source: CapsuleSource,
): Promise<{ parts: ReadCapsule; result: Result }> {
  const named = await source.manifest();
  const { digest } = named;
  const { value: manifest, problems } = readManifest(named);
  if (manifest === undefined) return { parts: { digest }, result: resultOf(problems) };
  return readBlobs(source, digest, manifest);
}

async function readBlobs(source: CapsuleSource, digest: string, manifest: CapsuleManifest) {
  const { layers } = manifest;
  const wrong: Problem[] = [];
  const read = async (name: BlobName, descriptor: CapsuleDescriptor) => {
    const blob = await blobOf(source, name, descriptor);
    if (blob instanceof Uint8Array) return blob;
    wrong.push(blob);
    return undefined;
  };
  const [config, release, provenance, sbom] = await Promise.all([
    read("config", manifest.config),
    read("release", layers.release),
    read("provenance", layers.provenance),
    read("sbom", layers.sbom),
  ]);
  const settings = config && readConfig(config);
  const text = release && readRelease(release);
  wrong.push(...(settings?.problems ?? []), ...(text?.problems ?? []));
  if (settings?.value) wrong.push(...packageProblems(layers.package, settings.value));
  const parts: ReadCapsule = {
    digest,
    manifest,
    ...(text?.value && { release: text.value }),
    ...(provenance && { provenance }),
    ...(sbom && { sbom }),
  };
  return { parts, result: resultOf(wrong) };
}

/** The bytes of a blob, or why they are none of the capsule's. */
async function blobOf(
  source: CapsuleSource,
  name: BlobName,
  descriptor: CapsuleDescriptor,
): Promise<Uint8Array | Problem> {
  try {
    return await partOf(source, NAMES[name], descriptor, PART_MAX_BYTES[name]);
  } catch (error) {
    // What is gone, or is not the capsule's, is no failure of whoever reads it.
    const [first] = error instanceof SlipwayError ? error.problems : [];
    if (first === undefined || !MISSING.includes(first.code)) throw error;
    return capsuleProblem(first);
  }
}

/** What the package is said to be; whoever unpacks it finds out whether it is. */
function packageProblems(layer: CapsuleDescriptor, { size, files }: CapsuleConfig): Problem[] {
  return [
    ["bytes of the package", layer.size, LIMITS.compressed] as const,
    ["bytes of the package unpacked", size, LIMITS.bytes] as const,
    ["files in the package", files, LIMITS.entries] as const,
    ["bytes of the package unpacked", size, layer.size * LIMITS.ratio] as const,
  ].flatMap(([what, found, most]) =>
    found > most
      ? [capsuleProblem({ message: `found ${found} ${what}, expected at most ${most}` })]
      : [],
  );
}

function resultOf(problems: readonly Problem[]): Result {
  return judged(
    "capsule-invalid",
    problems.map(({ message }) => message),
    "its shape, and the digests of config, release.yaml, provenance and SBOM",
  );
}
