import { type Problem, SlipwayError } from "../schemas/problem.ts";
import { PART_MAX_BYTES } from "./limits.ts";
import { plain } from "./plain.ts";
import {
  blobProblem,
  type CapsuleConfig,
  type CapsuleDescriptor,
  type CapsuleManifest,
  type Read,
  readConfig,
  readManifest,
  readRelease,
} from "./read.ts";
import type { CapsuleRelease } from "./release-text.ts";
import type { CapsuleSource } from "./source.ts";

/** A capsule's small parts, each what its digest says and of the contract's form. */
export interface OpenCapsule {
  source: CapsuleSource;
  /** `sha256:<hex>` */
  digest: string;
  manifest: CapsuleManifest;
  config: CapsuleConfig;
  release: CapsuleRelease;
}

/**
 * Reads a capsule but for its large layers. That its parts agree with each other, and with the image
 * that they are about, is for `verify` to say.
 *
 * @throws SlipwayError `capsule-invalid` with every problem found
 */
export async function openCapsule(source: CapsuleSource): Promise<OpenCapsule> {
  const named = await source.manifest();
  const manifest = value(source, readManifest(named));
  const { layers } = manifest;
  const [config, release] = [
    readConfig(await readPart(source, "config", manifest.config, PART_MAX_BYTES.config)),
    readRelease(await readPart(source, "release.yaml", layers.release, PART_MAX_BYTES.release)),
  ];
  const problems = [...(config.problems ?? []), ...(release.problems ?? [])];
  if (problems.length > 0) throw refusal(source, problems);
  return {
    source,
    digest: named.digest,
    manifest,
    config: value(source, config),
    release: value(source, release),
  };
}

/**
 * Reads one part.
 *
 * @param what as problems call it
 * @throws SlipwayError `capsule-invalid` when it is too large, or not what its descriptor says
 */
export async function readPart(
  source: CapsuleSource,
  what: string,
  descriptor: CapsuleDescriptor,
  maxBytes: number,
): Promise<Uint8Array> {
  const part = await partOf(source, what, descriptor, maxBytes);
  if (part instanceof Uint8Array) return part;
  throw refusal(source, [part]);
}

/** As `readPart`, with the problem for who gives a verdict. What is too large is not asked for. */
export async function partOf(
  source: CapsuleSource,
  what: string,
  descriptor: CapsuleDescriptor,
  maxBytes: number,
): Promise<Uint8Array | Problem> {
  if (descriptor.size > maxBytes) {
    const message = `found ${descriptor.size} bytes of the ${what}, expected at most ${maxBytes}`;
    return { code: "capsule-invalid", message };
  }
  const content = await source.blob(descriptor);
  return blobProblem(what, descriptor, content) ?? content;
}

function value<T>(source: CapsuleSource, read: Read<T>): T {
  if (read.value !== undefined) return read.value;
  throw refusal(source, read.problems);
}

function refusal({ name }: CapsuleSource, problems: readonly Problem[] = []): SlipwayError {
  return new SlipwayError(
    problems.map((problem) => ({ ...problem, message: plain(`${name}: ${problem.message}`) })),
  );
}
