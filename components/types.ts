import type * as pulumi from "@pulumi/pulumi";
import type { ReleaseId } from "../config/plan-types.ts";

/** Secret values of a stack. Which of them exist is plain, what they are is not. */
export interface StackSecrets {
  /** By repository key: reads the source repository, for the component's task. */
  sourceTokens: ReadonlyMap<string, pulumi.Output<string>>;
  /** Reads the customer repositories, unless the solution has a token of its own (S-6). */
  customerToken?: pulumi.Output<string>;
  /** By solution id. */
  customerTokens: ReadonlyMap<string, pulumi.Output<string>>;
}

/** The image registry that a stack builds into or pulls from. */
export interface RegistryReference {
  /** ARM id, the scope of AcrPull. */
  id: pulumi.Input<string>;
  /** `<name>.azurecr.io`, as on Azure in every environment (S-4). */
  server: string;
}

/** A release that this stack builds. */
export interface DeclaredBuild {
  /** Its image is in the registry once this resource exists. */
  resource: pulumi.Resource;
  output: BuildOutput;
}

export type DeclaredBuilds = ReadonlyMap<ReleaseId, DeclaredBuild>;

/** What an app needs of the cell that it runs in. */
export interface CellReference {
  location: string;
  resourceGroupName: pulumi.Input<string>;
  environmentId: pulumi.Input<string>;
  environmentName: pulumi.Input<string>;
  /** Where the environment's apps are reached: `<app>.<domain>`, `<app>.internal.<domain>`. */
  defaultDomain: pulumi.Output<string>;
  storageAccountName: pulumi.Input<string>;
  /** Secret. */
  storageAccountKey: pulumi.Output<string>;
  /** ARM id of the identity that pulls images. */
  identityId: pulumi.Output<string>;
  /** Without it the identity cannot pull, and an app's first revision fails. */
  pullAssignment: pulumi.Resource;
}

/** An app as it stands, for people and for `slipway status`. */
export interface AppOutput {
  url: pulumi.Output<string>;
  version: string;
  digest: pulumi.Input<string>;
  containerApp: string;
}

export interface SolutionOutput {
  name: string;
  cell: string;
  state: string;
  /** By catalogue key. */
  apps: Record<string, AppOutput>;
}

export interface BuildOutput {
  digest: pulumi.Output<string>;
  /** Bytes of the manifest. */
  size: pulumi.Output<number>;
  mediaType: pulumi.Output<string>;
  /** Of the ACR run; absent with another builder. */
  runId?: pulumi.Output<string>;
}

/** The stack's outputs. */
export interface StackOutputs {
  registry: string;
  /** By solution id. */
  solutions: Record<string, SolutionOutput>;
  /** Shared apps, by catalogue key. */
  apps: Record<string, AppOutput>;
  /** By release, for the step that finishes records (S-3). */
  builds: Record<ReleaseId, BuildOutput>;
}
