import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import { ManagedEnvironmentsStorage } from "@pulumi/azure-native/app/managedEnvironmentsStorage.js";
import { FileShare } from "@pulumi/azure-native/storage/fileShare.js";
import * as pulumi from "@pulumi/pulumi";
import type { SolutionPlan } from "../config/plan-types.ts";
import { type AppSurroundings, appDependencies, containerAppArgs } from "./app-inputs.ts";
import { shareArgs, shareProtection, storageArgs } from "./share-inputs.ts";

export interface SolutionArgs {
  plan: SolutionPlan;
  around: AppSurroundings;
}

/** One customer's shares, their links to the environment, and the apps that mount them (D-08, D-13). */
export class Solution extends pulumi.ComponentResource {
  constructor(name: string, args: SolutionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:components:Solution", name, {}, opts);
    const { plan, around } = args;
    const { cell } = around;
    const child = { parent: this, deleteBeforeReplace: true };
    const protection = { parent: this, ...shareProtection(plan.state, plan.keepData) };

    const shares = new Map(
      plan.shares.map((share) => [
        share.share,
        new FileShare(share.name, shareArgs(share, cell), protection),
      ]),
    );
    const storages = new Map(
      plan.storages.map((storage) => [
        storage.name,
        new ManagedEnvironmentsStorage(
          `${name}-${storage.key.replace("_", "-")}`,
          storageArgs(storage, found(shares, storage.share), cell),
          child,
        ),
      ]),
    );
    for (const app of plan.apps) {
      const mounted = app.mounts.map(({ storageName }) => found(storages, storageName));
      new ContainerApp(`${name}-${app.app}`, containerAppArgs(app, around), {
        ...child,
        dependsOn: appDependencies(app, around, mounted),
      });
    }
    this.registerOutputs({});
  }
}

/** @throws Error when the plan contradicts itself, which is a fault of whoever made it. */
function found<T>(resources: ReadonlyMap<string, T>, name: string): T {
  const resource = resources.get(name);
  if (resource === undefined) throw new Error(`the plan has no ${name} in this solution`);
  return resource;
}
