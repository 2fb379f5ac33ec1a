import type { AppPlan, SolutionPlan, StackPlan } from "../../config/plan-types.ts";
import type { CellConfig } from "../../config/types.ts";
import { appName, azureNames } from "../../naming/index.ts";

export const SUBSCRIPTION = "00000000-0000-4000-8000-736c69707761";
export const REGISTRY = "slipwaydev.azurecr.io";
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** Digest in the record of `agent`; `orbit` and the shared app are built. */
export const RECORDED = `sha256:${"a".repeat(64)}`;

const PULL = {
  a: "00000000-0000-8000-8000-00000000000a",
  b: "00000000-0000-8000-8000-00000000000b",
};

/** Two cells, one solution in each, one shared app in cell a. */
export function samplePlan(overrides: Partial<StackPlan> = {}): StackPlan {
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
      sku: "Basic",
      resourceGroup: "rg-registry",
      location: "northeurope",
    },
    builds: [
      {
        component: "orbit-webapp",
        image: "orbit-webapp",
        dockerfile: "Dockerfile",
        platforms: ["linux/amd64"],
        buildArgs: { FLAVOUR: "plain" },
        repository: "platform",
        runs: [run("orbit-webapp", "1.1.0", true), run("orbit-webapp", "1.0.0", false)],
      },
      {
        component: "registry-service",
        image: "registry-service",
        dockerfile: "Dockerfile",
        platforms: ["linux/amd64"],
        buildArgs: {},
        repository: "public",
        runs: [run("registry-service", "2026.07.0", true)],
      },
    ],
    cells: [
      {
        config: cellConfig("a"),
        pullAssignment: PULL.a,
        solutions: [sampleSolution("acme")],
        sharedApps: [sharedApp()],
      },
      {
        config: cellConfig("b"),
        pullAssignment: PULL.b,
        solutions: [sampleSolution("initech")],
        sharedApps: [],
      },
    ],
    tags: [],
    ...overrides,
  };
}

/** As `planStack` makes it: three apps, two shares, three storages; shares alone unless active. */
export function sampleSolution(
  id: string,
  { state = "active", keepData = false }: Partial<SolutionPlan> = {},
): SolutionPlan {
  const { hash, shares, storages } = azureNames(id);
  const active = state === "active";
  return {
    ...{ id, name: `${id} Ltd`, hash, state, keepData },
    shares: (["customer", "internal"] as const).map((share) => ({
      share,
      name: shares[share],
      quotaGib: 128,
      metadata: { slipway_solution: id, slipway_name: `${id} Ltd` },
    })),
    storages: active
      ? [
          {
            key: "customer_rw",
            name: storages.customer_rw,
            share: "customer",
            accessMode: "ReadWrite",
          },
          {
            key: "customer_ro",
            name: storages.customer_ro,
            share: "customer",
            accessMode: "ReadOnly",
          },
          {
            key: "internal_rw",
            name: storages.internal_rw,
            share: "internal",
            accessMode: "ReadWrite",
          },
        ]
      : [],
    apps: active ? [orbit(id), agent(id), mc(id)] : [],
  };
}

function orbit(id: string): AppPlan {
  const { hash, storages } = azureNames(id);
  const customer = { share: "customer", access: "read_only", path: "/repo" } as const;
  return {
    ...solutionApp(id, "orbit", "orbit-webapp", "1.1.0"),
    image: built("orbit-webapp", "1.1.0"),
    ingress: { external: true, port: 8080 },
    mounts: [{ ...customer, storageName: storages.customer_ro }],
    env: [
      {
        name: "AGENT_URL",
        urlOf: { app: "agent", containerAppName: appName("agent", hash), external: false },
      },
      {
        name: "REGISTRY_URL",
        urlOf: { app: "registry", containerAppName: "registry-shared", external: true },
      },
      { name: "SLIPWAY_VERSION", value: "1.1.0" },
    ],
  };
}

function agent(id: string): AppPlan {
  const { storages } = azureNames(id);
  const customer = { share: "customer", access: "read_write", path: "/repo" } as const;
  const internal = { share: "internal", access: "read_write", path: "/var/lib/orbit" } as const;
  return {
    ...solutionApp(id, "agent", "maxq-orbit-agent", "0.9.1"),
    image: {
      kind: "digest",
      registry: REGISTRY,
      repository: "maxq-orbit-agent",
      digest: RECORDED,
    },
    ingress: { external: false, port: 9090 },
    mounts: [
      { ...customer, storageName: storages.customer_rw },
      { ...internal, storageName: storages.internal_rw },
    ],
    env: [],
    clone: { repository: `https://git.example.com/customers/${id}.git`, path: "/repo" },
  };
}

function mc(id: string): AppPlan {
  return {
    ...orbit(id),
    ...solutionApp(id, "mc", "orbit-webapp", "1.0.0"),
    image: built("orbit-webapp", "1.0.0"),
  };
}

function solutionApp(id: string, app: string, component: string, version: string) {
  return {
    ...{ app, component, version, release: `${component}@${version}` },
    containerAppName: appName(app, azureNames(id).hash),
    resources: { cpu: 0.5, memory: "1Gi" },
    scale: { min: 0, max: 2 },
    tags: { "slipway-solution": id, "slipway-app": app },
  };
}

function sharedApp(): AppPlan {
  return {
    app: "registry",
    containerAppName: "registry-shared",
    component: "registry-service",
    version: "2026.07.0",
    release: "registry-service@2026.07.0",
    image: built("registry-service", "2026.07.0"),
    ingress: { external: true, port: 8080 },
    resources: { cpu: 0.25, memory: "0.5Gi" },
    scale: { min: 1, max: 1 },
    mounts: [],
    env: [],
    tags: { "slipway-app": "registry" },
  };
}

function built(repository: string, version: string) {
  const release = `${repository}@${version}`;
  return { kind: "build", release, registry: REGISTRY, repository } as const;
}

function run(component: string, version: string, latest: boolean) {
  const source = "https://git.example.com/platform/platform.git";
  return {
    ...{ component, version, latest, source },
    release: `${component}@${version}`,
    commit: COMMIT,
    context: `${source}#${COMMIT}:services/${component}`,
    created: "2026-07-01T00:00:00Z",
  };
}

function cellConfig(name: "a" | "b"): CellConfig {
  return {
    name,
    location: "westeurope",
    resourceGroup: `rg-${name}`,
    managedEnvironment: `env-${name}`,
    logWorkspace: `log-${name}`,
    storageAccount: `stslipway${name}`,
    identity: `id-${name}`,
    storageSku: "Premium_LRS",
  };
}
