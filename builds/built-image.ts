import * as pulumi from "@pulumi/pulumi";

export interface BuiltImageArgs {
  /** ARM id of the registry. */
  registryId: pulumi.Input<string>;
  /** Repository in the registry. */
  image: pulumi.Input<string>;
  component: pulumi.Input<string>;
  version: pulumi.Input<string>;
  /** 40 hex. */
  commit: pulumi.Input<string>;
  /** What the builder says it pushed. */
  digest: pulumi.Input<string>;
  expectedDigest?: pulumi.Input<string>;
}

/**
 * An image that another builder has pushed, as the registry has it: it is there under the commit's
 * tag, its labels agree, and a record gets its size and media type from here.
 */
export class BuiltImage extends pulumi.CustomResource {
  /** `sha256:<hex>` */
  declare readonly digest: pulumi.Output<string>;
  /** Bytes of the manifest. */
  declare readonly size: pulumi.Output<number>;
  declare readonly mediaType: pulumi.Output<string>;

  constructor(name: string, args: BuiltImageArgs, options?: pulumi.CustomResourceOptions) {
    const outputs = { size: undefined, mediaType: undefined };
    super("slipway:acr:BuiltImage", name, { ...args, ...outputs }, options);
  }
}
