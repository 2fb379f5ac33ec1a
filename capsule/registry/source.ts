import { SlipwayError } from "../../schemas/problem.ts";
import type { CapsuleSource } from "../source.ts";
import type { RegistryOptions } from "./connection.ts";
import { failure } from "./failures.ts";
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
  return sourceIn(openRemote(reference, options), version, options);
}

/** @param version tag or digest */
export async function sourceIn(
  repository: RemoteRepository,
  version: string,
  { onProgress }: Pick<SourceOptions, "onProgress"> = {},
): Promise<CapsuleSource> {
  const tag = version.includes(":") ? undefined : version;
  const manifest = await repository.resolve(version);
  const { registry, repository: path } = repository.name;
  if (manifest === undefined) {
    const named = referenceText({
      registry,
      repository: path,
      ...(tag ? { tag } : { digest: version }),
    });
    throw failure(
      "registry-missing",
      `found no ${named}, expected a capsule there; check the reference, or push it: slipway capsule push`,
    );
  }
  const { digest, content } = manifest;
  return {
    name: referenceText({ registry, repository: path, digest }),
    tag,
    manifest: async () => ({ digest, content }),
    blob: (descriptor) =>
      repository.readBlob(descriptor, (bytes) =>
        onProgress?.(descriptor.digest, bytes, descriptor.size),
      ),
  };
}
