/** A small plan, and changes over it, for the command line's pure parts. */

import type { ResourceChange } from "../../cli/engine/changes.ts";
import type { AppPlan, StackPlan } from "../../config/plan-types.ts";

export const DIGEST = `sha256:${"a".repeat(64)}`;
export const OTHER_DIGEST = `sha256:${"b".repeat(64)}`;
export const SUBSCRIPTION = "00000000-0000-4000-8000-000000000001";
export const STACK_URN = "urn:pulumi:dev::slipway::pulumi:pulumi:Stack::slipway-dev";
export const CELL_URN = "urn:pulumi:dev::slipway::slipway:components:Cell::a";
export const ACME_URN =
  "urn:pulumi:dev::slipway::slipway:components:Cell$slipway:components:Solution::acme";

export function appPlan(app: string, containerAppName: string): AppPlan {
  return {
    app,
    containerAppName,
    component: `${app}-webapp`,
    version: "1.1.0",
    release: `${app}-webapp@1.1.0`,
    image: { kind: "build", release: `${app}-webapp@1.1.0`, registry: "r", repository: app },
    ingress: { external: true, port: 8080 },
    resources: { cpu: 0.5, memory: "1Gi" },
    scale: { min: 0, max: 2 },
    mounts: [],
    env: [],
    tags: {},
  };
}

export function stackPlan(): StackPlan {
  return {
    project: "slipway",
    stack: "dev",
    environment: "dev",
    ephemeral: true,
    subscriptionId: SUBSCRIPTION,
    location: "westeurope",
    ownerTags: { "slipway-project": "slipway", "slipway-stack": "dev" },
    builder: { kind: "acr" },
    registry: {
      owned: true,
      name: "slipwaydev",
      sku: "Standard",
      resourceGroup: "registry-group",
      location: "westeurope",
    },
    builds: [
      {
        component: "orbit-webapp",
        image: "orbit-webapp",
        dockerfile: "Dockerfile",
        platforms: ["linux/amd64"],
        buildArgs: {},
        repository: "platform",
        runs: [],
      },
    ],
    cells: [
      {
        config: {
          name: "a",
          location: "westeurope",
          resourceGroup: "cell-a",
          managedEnvironment: "environment-a",
          logWorkspace: "logs-a",
          storageAccount: "accounta",
          identity: "identity-a",
          storageSku: "Premium_LRS",
        },
        pullAssignment: "5e7a0b1c-0000-4000-8000-000000000001",
        solutions: [
          {
            id: "acme",
            name: "Acme",
            hash: "822b33ad87c1",
            state: "active",
            keepData: false,
            shares: [{ share: "customer", name: "acme-customer", quotaGib: 100, metadata: {} }],
            storages: [
              {
                key: "customer_rw",
                name: "customer-rw-822b33ad87c1",
                share: "customer",
                accessMode: "ReadWrite",
              },
            ],
            apps: [appPlan("orbit", "orbit-822b33ad87c1")],
          },
        ],
        sharedApps: [appPlan("aurora", "aurora-0123456789ab")],
      },
    ],
    tags: [],
  };
}

/** A change of one resource of the solution `acme`, unless `parent` says otherwise. */
export function change(
  type: string,
  name: string,
  kind: ResourceChange["change"],
  more: Partial<ResourceChange> = {},
): ResourceChange {
  const parent = more.parent ?? ACME_URN;
  const chain = `${parent.split("::")[2]}$${type}`;
  const urn = `urn:pulumi:dev::slipway::${chain}::${name}`;
  return { urn, type, name, parent, change: kind, properties: [], ...more };
}

/** Inputs of a container app as `components/` declares them. */
export function appInputs(version: string, digest: string): Record<string, unknown> {
  return {
    containerAppName: "orbit-822b33ad87c1",
    template: { containers: [{ image: `r.azurecr.io/orbit-webapp@${digest}` }] },
    tags: {
      "slipway-app": "orbit",
      "slipway-component": "orbit-webapp",
      "slipway-version": version,
    },
  };
}
