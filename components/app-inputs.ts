import type { ContainerAppArgs } from "@pulumi/azure-native/app/containerApp.js";
import type { app as inputs } from "@pulumi/azure-native/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import type { AppPlan, EnvPlan, ImagePlan } from "../config/plan-types.ts";
import { CLONE_TOKEN_SECRET, cloneContainer, usesCloneToken } from "./clone-container.ts";
import type { AppOutput, CellReference, DeclaredBuilds } from "./types.ts";

/** What an app is declared with, besides its plan. */
export interface AppSurroundings {
  cell: CellReference;
  /** `<name>.azurecr.io`, which the cell's identity may pull from. */
  registryServer: string;
  builds: DeclaredBuilds;
  /** Domain in which an app is reached, by its name in Azure. */
  domainOf: (containerAppName: string) => pulumi.Output<string>;
  /** Reads the customer repository. */
  cloneToken?: pulumi.Output<string> | undefined;
}

/** Inputs of a container app. No revision suffix and no traffic: the newest revision gets it all. */
export function containerAppArgs(app: AppPlan, around: AppSurroundings): ContainerAppArgs {
  const { cell } = around;
  const digest = imageDigest(app.image, around.builds);
  const image = imageReference(app.image, digest);
  return {
    resourceGroupName: cell.resourceGroupName,
    containerAppName: app.containerAppName,
    location: cell.location,
    environmentId: cell.environmentId,
    identity: { type: "UserAssigned", userAssignedIdentities: [cell.identityId] },
    configuration: {
      activeRevisionsMode: "Single",
      ingress: {
        external: app.ingress.external,
        targetPort: app.ingress.port,
        transport: "auto",
      },
      registries: [{ server: around.registryServer, identity: cell.identityId }],
      ...secrets(app, around.cloneToken),
    },
    template: {
      ...initContainers(app, image, around.cloneToken),
      containers: [
        {
          name: app.app,
          image,
          env: environment(app, digest, around),
          resources: { cpu: app.resources.cpu, memory: app.resources.memory },
          ...volumeMounts(app),
        },
      ],
      ...volumes(app),
      scale: { minReplicas: app.scale.min, maxReplicas: app.scale.max },
    },
    tags: { ...app.tags, "slipway-digest": digest },
  };
}

/** What the stack tells of an app. */
export function appOutput(app: AppPlan, around: AppSurroundings): AppOutput {
  const { external } = app.ingress;
  return {
    url: appUrl(app.containerAppName, external, around.domainOf(app.containerAppName)),
    version: app.version,
    digest: imageDigest(app.image, around.builds),
    containerApp: app.containerAppName,
  };
}

/** Address of an app in its environment's domain; an internal one is reached from inside only. */
export function appUrl(
  containerAppName: string,
  external: boolean,
  domain: pulumi.Output<string>,
): pulumi.Output<string> {
  const host = external ? containerAppName : `${containerAppName}.internal`;
  return pulumi.interpolate`https://${host}.${domain}`;
}

/** Digest of an image: recorded, or the result of a build that this stack declares. */
export function imageDigest(image: ImagePlan, builds: DeclaredBuilds): pulumi.Input<string> {
  if (image.kind === "digest") return image.digest;
  const build = builds.get(image.release);
  if (build === undefined) throw new Error(`the plan has no build of ${image.release}`);
  return build.output.digest;
}

/**
 * What must stand before an app: the storages that it mounts (a link in use cannot be deleted, so apps
 * go first: https://github.com/microsoft/azure-container-apps/issues/774), the right to pull, and the
 * build of its image, which a recorded digest does not point at by itself.
 */
export function appDependencies(
  app: AppPlan,
  around: AppSurroundings,
  storages: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const build = around.builds.get(app.release);
  return [
    ...storages,
    around.cell.pullAssignment,
    ...(build === undefined ? [] : [build.resource]),
  ];
}

/** By digest alone: a tag beside it is not documented. */
function imageReference(image: ImagePlan, digest: pulumi.Input<string>): pulumi.Input<string> {
  const repository = `${image.registry}/${image.repository}`;
  return typeof digest === "string"
    ? `${repository}@${digest}`
    : pulumi.interpolate`${repository}@${digest}`;
}

function environment(
  app: AppPlan,
  digest: pulumi.Input<string>,
  around: AppSurroundings,
): inputs.EnvironmentVarArgs[] {
  return [
    ...app.env.map((variable) => environmentVariable(variable, around)),
    { name: "SLIPWAY_DIGEST", value: digest },
  ];
}

function environmentVariable(
  variable: EnvPlan,
  around: AppSurroundings,
): inputs.EnvironmentVarArgs {
  if ("value" in variable) return { name: variable.name, value: variable.value };
  const { containerAppName, external } = variable.urlOf;
  const domain = around.domainOf(containerAppName);
  return { name: variable.name, value: appUrl(containerAppName, external, domain) };
}

function secrets(app: AppPlan, cloneToken: pulumi.Output<string> | undefined) {
  if (cloneToken === undefined || !usesCloneToken(app)) return {};
  return { secrets: [{ name: CLONE_TOKEN_SECRET, value: pulumi.secret(cloneToken) }] };
}

function initContainers(
  app: AppPlan,
  image: pulumi.Input<string>,
  cloneToken: pulumi.Output<string> | undefined,
) {
  const container = cloneContainer(app, image, cloneToken !== undefined);
  return container === undefined ? {} : { initContainers: [container] };
}

function volumeMounts(app: AppPlan) {
  if (app.mounts.length === 0) return {};
  return {
    volumeMounts: app.mounts.map(({ storageName, path }) => ({
      volumeName: storageName,
      mountPath: path,
    })),
  };
}

/** One volume per storage, named as it is. */
function volumes(app: AppPlan) {
  if (app.mounts.length === 0) return {};
  const storageNames = [...new Set(app.mounts.map(({ storageName }) => storageName))];
  return {
    volumes: storageNames.map((storageName) => ({
      name: storageName,
      storageType: "AzureFile",
      storageName,
    })),
  };
}
