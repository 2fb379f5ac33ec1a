import type { ImageLookup } from "../contract.ts";
import { RegistryClient } from "./registry-client.ts";

/** Where an Azure image reference lies in the sandbox's registry. */
export interface ImageLocation {
  /** `<registry name>/<repository>` */
  repository: string;
  /** Tag or `sha256:<hex>`. */
  reference: string;
}

const AZURE_REFERENCE =
  /^([a-zA-Z0-9]+)\.azurecr\.io\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?:@(sha256:[0-9a-f]{64})|:([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?$/;

/**
 * `<name>.azurecr.io/<repository>` is `<name>/<repository>` in the sandbox's one registry. Without
 * tag and digest the tag is `latest`.
 * @returns undefined for a reference that is not one of an Azure registry
 */
export function locateImage(reference: string): ImageLocation | undefined {
  const [, name, repository, digest, tag] = AZURE_REFERENCE.exec(reference) ?? [];
  if (name === undefined || repository === undefined) return undefined;
  return {
    repository: `${name.toLowerCase()}/${repository}`,
    reference: digest ?? tag ?? "latest",
  };
}

/** @param endpoint of the sandbox's registry, such as `http://127.0.0.1:5000` */
export function createImageLookup(endpoint: string): ImageLookup {
  const client = new RegistryClient(endpoint);
  return {
    async exists(reference) {
      const image = locateImage(reference);
      if (image === undefined) return false;
      return (await client.headManifest(image.repository, image.reference)) !== undefined;
    },
  };
}
