import type {
  CheckFailure,
  CreateResult,
  DiffResult,
  ReadResult,
} from "@pulumi/pulumi/provider/provider.js";
import { commitTag } from "../../registry/tags.ts";
import type { Azure } from "./azure.ts";
import {
  checkProperties,
  DIGEST_RULE,
  diffProperties,
  type Properties,
  parseRegistryId,
  RELEASE_RULES,
} from "./properties.ts";
import { checkDigest, checkLabels, type ReleaseImage, releaseError } from "./release-image.ts";
import type { ResourceHandler } from "./resource-handler.ts";

const RULES = { ...RELEASE_RULES, digest: DIGEST_RULE };
const IDENTITY = ["registryId", "image", "component", "version", "commit", "digest"];

/** `slipway:acr:BuiltImage` */
export class BuiltImageResource implements ResourceHandler {
  constructor(private readonly azure: Azure) {}

  check(inputs: Properties): CheckFailure[] {
    return checkProperties(inputs, RULES);
  }

  diff(state: Properties, inputs: Properties): DiffResult {
    const diff = diffProperties(state, inputs, IDENTITY);
    if (diff.changes !== true) checkDigest(asRelease(inputs), String(state.digest));
    return diff;
  }

  async create(inputs: Properties): Promise<CreateResult> {
    const release = asRelease(inputs);
    const digest = String(inputs.digest);
    checkDigest(release, digest);
    const found = await this.find(release, digest);
    if (found === undefined) {
      throw releaseError(release, {
        code: "build-failed",
        message: `${release.image}@${digest} is not in the registry, though its builder said that it pushed it`,
      });
    }
    const { loginServer } = parseRegistryId(release.registryId);
    const id = `${loginServer}/${release.image}@${digest}`;
    return { id, outs: { ...inputs, ...found } };
  }

  async read(id: string, state: Properties): Promise<ReadResult> {
    if (state.digest === undefined) throw new Error(`${id} is not imported`);
    const found = await this.find(asRelease(state), String(state.digest));
    if (found === undefined) return { id: "", props: {} };
    const { size, mediaType, ...inputs } = state;
    return { id, props: { ...state, ...found }, inputs };
  }

  /** By digest, and only while the commit's tag names it: an untagged image may be purged. */
  private async find(release: ReleaseImage, digest: string) {
    const repository = await this.azure.repository(release.registryId, release.image);
    const image = await repository.resolve(commitTag(release.commit));
    if (image === undefined || image.digest !== digest) return undefined;
    await checkLabels(release, image, repository);
    return { size: image.size, mediaType: image.mediaType };
  }
}

function asRelease(properties: Properties): ReleaseImage {
  const text = (name: string) => String(properties[name]);
  return {
    registryId: text("registryId"),
    component: text("component"),
    version: text("version"),
    commit: text("commit"),
    image: text("image"),
    ...(properties.expectedDigest === undefined ? {} : { expectedDigest: text("expectedDigest") }),
  };
}
