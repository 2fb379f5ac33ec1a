import type { app as inputs } from "@pulumi/azure-native/types/input.js";
import type * as pulumi from "@pulumi/pulumi";
import type { AppPlan } from "../config/plan-types.ts";
import { CLONE_SCRIPT } from "./clone-script.ts";

/** Name of the app's secret that holds the token. */
export const CLONE_TOKEN_SECRET = "customer-repository-token";

/** Smallest combination of the Consumption plan. */
const RESOURCES = { cpu: 0.25, memory: "0.5Gi" };

/** Whether a token would be read by the app. */
export function usesCloneToken(app: AppPlan): boolean {
  return app.clone !== undefined;
}

/** Init container that clones the customer repository on the first start; undefined without one. */
export function cloneContainer(
  app: AppPlan,
  image: pulumi.Input<string>,
  hasToken: boolean,
): inputs.InitContainerArgs | undefined {
  const { clone } = app;
  if (clone === undefined) return undefined;
  const mount = app.mounts.find(({ path }) => path === clone.path);
  if (mount === undefined) {
    throw new Error(`${app.containerAppName} clones into ${clone.path}, which it does not mount`);
  }
  return {
    name: "clone",
    image,
    command: ["/bin/sh", "-c", CLONE_SCRIPT],
    env: [
      { name: "CLONE_URL", value: clone.repository },
      { name: "CLONE_PATH", value: clone.path },
      ...(hasToken ? [{ name: "CLONE_TOKEN", secretRef: CLONE_TOKEN_SECRET }] : []),
    ],
    resources: RESOURCES,
    // Nothing else of the app is mounted: cloning needs one share.
    volumeMounts: [{ volumeName: mount.storageName, mountPath: mount.path }],
  };
}
