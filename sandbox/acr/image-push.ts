import type { OutputImage } from "../contract.ts";
import type { Descriptor, RegistryClient, StoredManifest } from "../oci/registry-client.ts";
import { TaskError } from "./errors.ts";

/** An image reference of the run's own registry. */
export interface TaggedImage {
  /** Without the login server. */
  repository: string;
  tag: string;
}

/** An image that a build step left in the registry, untagged. */
export interface BuiltImage {
  /** In the sandbox's registry: `<registry name>/<repository>`. */
  repository: string;
  digest: string;
}

const REFERENCE =
  /^([^/]+)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?$/;

/**
 * @param loginServer of the run: it is the only registry that a run is logged in to
 * @throws TaskError for a reference that docker would not take, or of another registry
 */
export function parseTaggedImage(reference: string, loginServer: string): TaggedImage {
  const [, registry, repository, tag = "latest"] = REFERENCE.exec(reference) ?? [];
  if (registry === undefined || repository === undefined) {
    throw new TaskError(`${reference} is not <registry>/<repository>:<tag>`);
  }
  if (registry.toLowerCase() !== loginServer.toLowerCase()) {
    throw new TaskError(`${reference}: the run is logged in to ${loginServer} only`);
  }
  return { repository, tag };
}

/**
 * Gives a built image its tag, in another repository too when the tag asks for it.
 * @returns the image as ACR lists it, with the manifest's size in bytes
 */
export async function pushImage(
  client: RegistryClient,
  loginServer: string,
  built: BuiltImage,
  image: TaggedImage,
): Promise<{ output: OutputImage; size: number }> {
  const manifest = await client.getManifest(built.repository, built.digest);
  const repository = `${loginServer.split(".")[0]}/${image.repository}`;
  if (repository !== built.repository) await mountContent(client, built, repository, manifest);
  const digest = await client.putManifest(repository, image.tag, manifest);
  return { output: { registry: loginServer, ...image, digest }, size: manifest.body.length };
}

async function mountContent(
  client: RegistryClient,
  built: BuiltImage,
  repository: string,
  manifest: StoredManifest,
): Promise<void> {
  const { config, layers } = JSON.parse(manifest.body.toString("utf8")) as {
    config: Descriptor;
    layers: Descriptor[];
  };
  for (const { digest } of [config, ...layers]) {
    await client.mountBlob(repository, built.repository, digest);
  }
}
