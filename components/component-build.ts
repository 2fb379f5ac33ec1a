import { Task } from "@pulumi/azure-native/containerregistry/task.js";
import * as pulumi from "@pulumi/pulumi";
import { declareBuildkitBuild } from "../builds/docker-build.ts";
import type { EndpointMap } from "../builds/endpoints.ts";
import { Run, runArgs } from "../builds/run.ts";
import { TASK_TIMEOUT_SECONDS, taskPlatform, taskYaml } from "../builds/task.ts";
import type { BuildPlan, ComponentBuildPlan } from "../config/plan-types.ts";
import type { BuilderChoice } from "../config/types.ts";
import type { ImageRegistry } from "./image-registry.ts";
import type { DeclaredBuild, DeclaredBuilds } from "./types.ts";

export interface ComponentBuildArgs {
  plan: ComponentBuildPlan;
  registry: ImageRegistry;
  builder: BuilderChoice;
  /** Applied by the builder, never part of a diff (S-4). */
  endpoints: EndpointMap;
  tags: Record<string, string>;
  /** Reads the source repository; absent where anybody may. */
  sourceToken: pulumi.Output<string> | undefined;
}

/** A component's releases: runs of its ACR Task (S-2), or builds of a BuildKit builder. */
export class ComponentBuild extends pulumi.ComponentResource {
  readonly releases: DeclaredBuilds;

  constructor(name: string, args: ComponentBuildArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:components:ComponentBuild", name, {}, opts);
    const { builder, plan } = args;
    const declare =
      builder.kind === "acr"
        ? taskRuns(name, args, this)
        : (build: BuildPlan) => buildkitBuild(build, builder.builder, args, this);
    this.releases = new Map(plan.runs.map((build) => [build.release, declare(build)]));
    this.registerOutputs({});
  }
}

/** Declares the component's task, and gives what declares a run of it. */
function taskRuns(name: string, args: ComponentBuildArgs, parent: pulumi.Resource) {
  const { plan, registry } = args;
  const task = new Task(name, taskArgs(args), { parent, deleteBeforeReplace: true });
  const target = { registryId: registry.reference.id, taskName: task.name };
  return (build: BuildPlan): DeclaredBuild => {
    const run = new Run(build.release, runArgs(plan, build, target), { parent });
    const { digest, size, mediaType, runId } = run;
    return { resource: run, output: { digest, size, mediaType, runId } };
  };
}

function buildkitBuild(
  build: BuildPlan,
  builder: string,
  { plan, registry, endpoints, sourceToken }: ComponentBuildArgs,
  parent: pulumi.Resource,
): DeclaredBuild {
  const { id: registryId, server: registryServer } = registry.reference;
  return declareBuildkitBuild(
    {
      component: plan,
      sourceToken: sourceToken && pulumi.secret(sourceToken),
      ...{ build, registryId, registryServer, builder, endpoints },
    },
    { parent },
  );
}

/**
 * Inputs of a task. It has no context of its own: each run brings one that is pinned to a commit, and
 * a run by hand has nothing to build, where a branch would be built otherwise (D-09).
 */
function taskArgs({ plan, registry, tags, sourceToken }: ComponentBuildArgs) {
  return {
    resourceGroupName: registry.resourceGroupName,
    registryName: registry.registryName,
    // 5 to 50 characters, so a short component's name is not enough.
    taskName: `build-${plan.component}`,
    location: registry.location,
    tags,
    status: "Enabled",
    platform: taskPlatform(plan),
    identity: { type: "SystemAssigned" as const },
    timeout: TASK_TIMEOUT_SECONDS,
    step: {
      type: "EncodedTask" as const,
      encodedTaskContent: Buffer.from(taskYaml(plan)).toString("base64"),
      ...(sourceToken === undefined ? {} : { contextAccessToken: pulumi.secret(sourceToken) }),
    },
  };
}
