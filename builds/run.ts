import * as pulumi from "@pulumi/pulumi";
import type { BuildPlan, ComponentBuildPlan } from "../config/plan-types.ts";

/** Inputs of a run, all canonical (S-4). What changes nothing about the image causes no diff. */
export interface RunArgs {
  /** ARM id of the registry; another one replaces. */
  registryId: pulumi.Input<string>;
  /** Name of the component's Task in that registry. */
  taskName: pulumi.Input<string>;
  component: pulumi.Input<string>;
  version: pulumi.Input<string>;
  /** 40 hex. */
  commit: pulumi.Input<string>;
  /** `https://<host>/<path>.git#<commit>:<folder>` */
  context: pulumi.Input<string>;
  /** Repository in the registry. */
  image: pulumi.Input<string>;
  /** For the OCI labels `created` and `source`. */
  created: pulumi.Input<string>;
  source: pulumi.Input<string>;
  /** Whether the image is to carry `:latest` when it is built. */
  latest: pulumi.Input<boolean>;
  /** A run that ends in another digest is an error. */
  expectedDigest?: pulumi.Input<string>;
}

/**
 * One run of a component's ACR Task, kept as a resource (S-2): created by waiting for an unfinished
 * run of the same release, or by adopting the image it left, or else by scheduling one. Deleting it
 * deletes nothing in Azure. Unknown during a preview that creates it.
 */
export class Run extends pulumi.CustomResource {
  /** Of the run that built the image; empty when the image was there and its run is not known. */
  declare readonly runId: pulumi.Output<string>;
  /** `sha256:<hex>` */
  declare readonly digest: pulumi.Output<string>;
  /** Bytes of the manifest. */
  declare readonly size: pulumi.Output<number>;
  declare readonly mediaType: pulumi.Output<string>;
  /** Whether the image was found, not ordered. */
  declare readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: RunArgs, options?: pulumi.CustomResourceOptions) {
    const outputs = {
      runId: undefined,
      digest: undefined,
      size: undefined,
      mediaType: undefined,
      adopted: undefined,
    };
    super("slipway:acr:Run", name, { ...args, ...outputs }, options);
  }
}

/** The inputs of a planned run. */
export function runArgs(
  component: Pick<ComponentBuildPlan, "image">,
  build: BuildPlan,
  target: { registryId: pulumi.Input<string>; taskName: pulumi.Input<string> },
): RunArgs {
  const { version, commit, context, created, source, latest, expectedDigest } = build;
  return {
    registryId: target.registryId,
    taskName: target.taskName,
    component: build.component,
    image: component.image,
    ...{ version, commit, context, created, source, latest },
    ...(expectedDigest === undefined ? {} : { expectedDigest }),
  };
}
