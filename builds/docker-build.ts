import { Image } from "@pulumi/docker-build/image.js";
import type { Platform } from "@pulumi/docker-build/types/enums/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { BuildPlan, ComponentBuildPlan } from "../config/plan-types.ts";
import { BuiltImage } from "./built-image.ts";
import type { EndpointMap } from "./endpoints.ts";
import { imageLabels, imageTags } from "./image.ts";

export interface BuildkitBuildArgs {
  component: ComponentBuildPlan;
  build: BuildPlan;
  /** ARM id of the registry. */
  registryId: pulumi.Input<string>;
  /** `<name>.azurecr.io` */
  registryServer: string;
  /** Name of a buildx builder. */
  builder: string;
  /** Reads the source repository; secret. Absent where anybody may. */
  sourceToken?: pulumi.Input<string> | undefined;
  endpoints: EndpointMap;
}

export interface BuildkitBuild {
  /** Its image is in the registry once this resource exists. */
  resource: pulumi.Resource;
  output: Pick<BuiltImage, "digest" | "size" | "mediaType">;
}

/** The secret under which BuildKit looks for a token of the context's git host. */
const GIT_TOKEN = "GIT_AUTH_TOKEN";
/**
 * Where a machine's own endpoints stand. They are no change (S-4), and neither is another newest
 * version; what makes another image is in the resource's name.
 */
const NOT_COMPARED = ["context", "exports", "tags"];

/**
 * Declares a release's image as a BuildKit build of the tag's commit, pushed by BuildKit itself:
 * the same tags and labels as a run of the component's task, without attestations, so that the
 * digest is the image's. Nothing is built in a preview, and nothing is deleted from the registry.
 */
export function declareBuildkitBuild(
  args: BuildkitBuildArgs,
  options: pulumi.CustomResourceOptions = {},
): BuildkitBuild {
  const { build, component } = args;
  // With the commit: the context is not compared, so another one has to be another resource.
  const name = `${build.release}-${build.commit.slice(0, 12)}`;
  const image = new Image(name, imageArgs(args), {
    ...options,
    ignoreChanges: NOT_COMPARED,
    retainOnDelete: true,
  });
  const resource = new BuiltImage(
    name,
    {
      registryId: args.registryId,
      image: component.image,
      component: build.component,
      version: build.version,
      commit: build.commit,
      digest: image.digest,
      ...(build.expectedDigest === undefined ? {} : { expectedDigest: build.expectedDigest }),
    },
    options,
  );
  const { digest, size, mediaType } = resource;
  return { resource, output: { digest, size, mediaType } };
}

function imageArgs({
  component,
  build,
  registryServer,
  builder,
  sourceToken,
  endpoints,
}: BuildkitBuildArgs) {
  const images = imageTags(build).map((tag) =>
    endpoints.mapImage(`${registryServer}/${component.image}:${tag}`),
  );
  const insecure = images.some((image) => image.insecure);
  return {
    context: { location: endpoints.mapGitUrl(build.context) },
    ...(component.dockerfile === "Dockerfile"
      ? {}
      : { dockerfile: { location: component.dockerfile } }),
    builder: { name: builder },
    platforms: component.platforms as Platform[],
    buildArgs: { ...component.buildArgs },
    labels: imageLabels(build),
    tags: images.map(({ ref }) => ref),
    // Raw: the typed export has its tags twice, and defaults that differ from BuildKit's.
    exports: [{ raw: insecure ? "type=registry,registry.insecure=true" : "type=registry" }],
    push: false,
    buildOnPreview: false,
    ...(sourceToken === undefined
      ? {}
      : // A new token makes no other image.
        { secrets: { [GIT_TOKEN]: sourceToken }, ignoreSecretsInDiffCalculation: [GIT_TOKEN] }),
  };
}
