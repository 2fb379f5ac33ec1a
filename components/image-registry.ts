import { Registry } from "@pulumi/azure-native/containerregistry/registry.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import * as pulumi from "@pulumi/pulumi";
import type { RegistryChoice } from "../config/types.ts";
import type { RegistryReference } from "./types.ts";

export interface ImageRegistryArgs {
  config: Extract<RegistryChoice, { owned: true }>;
  tags: Record<string, string>;
}

/** Resource group and registry of the release images. */
export class ImageRegistry extends pulumi.ComponentResource {
  readonly reference: RegistryReference;
  readonly location: string;
  readonly resourceGroupName: pulumi.Output<string>;
  readonly registryName: pulumi.Output<string>;

  constructor(name: string, args: ImageRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:components:ImageRegistry", name, {}, opts);
    const { config, tags } = args;
    const { location } = config;
    // Every solution runs from these images, and a group takes all that is in it along.
    const kept = { parent: this, protect: true, retainOnDelete: true };
    const group = new ResourceGroup(
      name,
      { resourceGroupName: config.resourceGroup, location, tags },
      kept,
    );
    const registry = new Registry(
      name,
      {
        resourceGroupName: group.name,
        registryName: config.name,
        location,
        sku: { name: config.sku },
        adminUserEnabled: false,
        tags,
      },
      kept,
    );
    this.reference = { id: registry.id, server: registryServer(config.name) };
    this.location = location;
    this.resourceGroupName = group.name;
    this.registryName = registry.name;
    this.registerOutputs({});
  }
}

/** Host of a registry's API, from its name. */
export function registryServer(name: string): string {
  return `${name}.azurecr.io`;
}
