import { ContainerApp } from "@pulumi/azure-native/app/containerApp.js";
import * as pulumi from "@pulumi/pulumi";
import type { AppPlan } from "../config/plan-types.ts";
import { type AppSurroundings, appDependencies, containerAppArgs } from "./app-inputs.ts";

export interface SharedAppsArgs {
  apps: readonly AppPlan[];
  around: AppSurroundings;
}

/** Apps that stand once per stack and mount nothing (S-12). */
export class SharedApps extends pulumi.ComponentResource {
  constructor(name: string, args: SharedAppsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:components:SharedApps", name, {}, opts);
    const { apps, around } = args;
    for (const app of apps) {
      new ContainerApp(app.app, containerAppArgs(app, around), {
        parent: this,
        deleteBeforeReplace: true,
        dependsOn: appDependencies(app, around, []),
      });
    }
    this.registerOutputs({});
  }
}
