import { SlipwayError } from "../../schemas/problem.ts";
import type { NamedManifest } from "../read.ts";
import type { CapsuleSource } from "../source.ts";
import type { RegistryOptions } from "./connection.ts";
import { failure, OtherBytesError } from "./failures.ts";
import { type Reference, referenceText } from "./reference.ts";
import { openRemote, type RemoteRepository } from "./repository.ts";

export interface SourceOptions extends RegistryOptions {
  /** Called while a blob comes in, with its digest, the bytes so far, and all of them. */
  onProgress?: (digest: string, bytes: number, size: number) => void;
}

/**
 * Opens what a registry has as a capsule; its manifest is read at once.
 *
 * @param reference with a tag or a digest
 * @throws SlipwayError `usage` when it has neither, `registry-missing`, and as the repository's calls;
 *   these throw from the source's methods, too
 */
export async function registrySource(
  reference: Reference,
  options: SourceOptions = {},
): Promise<CapsuleSource> {
  const version = reference.digest ?? reference.tag;
  if (version === undefined) {
    throw new SlipwayError({
      code: "usage",
      message: `${referenceText(reference)} names a repository, expected a capsule in it; add :git-<commit> or @sha256:<hex>`,
    });
  }
  const remote = openRemote(reference, options);
  const manifest = await readNamed(remote, version);
  if (manifest === undefined) {
    throw failure(
      "registry-missing",
      `found no ${referenceText(reference)}, expected a capsule there; check the reference, or push it: slipway capsule push`,
    );
  }
  const { registry, repository } = reference;
  return {
    name: referenceText({ registry, repository, digest: manifest.digest }),
    tag: reference.digest === undefined ? reference.tag : undefined,
    manifest: async () => manifest,
    blob: (descriptor) =>
      remote.readBlob(descriptor, (bytes) =>
        options.onProgress?.(descriptor.digest, bytes, descriptor.size),
      ),
  };
}

async function readNamed(
  remote: RemoteRepository,
  version: string,
): Promise<NamedManifest | undefined> {
  try {
    return await remote.resolve(version);
  } catch (error) {
    if (!(error instanceof OtherBytesError)) throw error;
    const [problem] = error.problems;
    return { digest: error.digest, content: new Uint8Array(), ...(problem && { problem }) };
  }
}
