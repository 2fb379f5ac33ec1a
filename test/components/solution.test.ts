import { beforeAll, describe, expect, it } from "vitest";
import type { SolutionPlan } from "../../config/plan-types.ts";
import { azureNames } from "../../naming/index.ts";
import { builtDigest, type Declared, declared, mockId, secret, TOKENS } from "./declared.ts";
import { RECORDED, REGISTRY, samplePlan, sampleSolution } from "./sample-plan.ts";

const APP = "azure-native:app:ContainerApp";
const SHARE = "azure-native:storage:FileShare";
const STORAGE = "azure-native:app:ManagedEnvironmentsStorage";

interface AppInputs {
  configuration: Record<string, unknown>;
  template: {
    containers: { env: { name: string; value: string }[]; volumeMounts?: unknown[] }[];
    initContainers?: unknown[];
    volumes?: { storageName: string }[];
    scale: unknown;
  };
  tags: Record<string, string>;
}

let stack: Declared;
beforeAll(async () => {
  stack = await declared(samplePlan());
});

describe("Solution", () => {
  const { hash, shares, storages } = azureNames("acme");

  it("declares two shares without a protocol", () => {
    const share = stack.one(SHARE, "acme-customer");
    expect(share.inputs).toEqual({
      resourceGroupName: "rg-a",
      accountName: "stslipwaya",
      shareName: shares.customer,
      shareQuota: 128,
      metadata: { slipway_solution: "acme", slipway_name: "acme Ltd" },
    });
    expect(stack.all(SHARE).length).toBe(4);
  });

  it.each([
    ["acme-customer-rw", "customer", "ReadWrite"],
    ["acme-customer-ro", "customer", "ReadOnly"],
    ["acme-internal-rw", "internal", "ReadWrite"],
  ])("links %s to the %s share as %s", (name, share, accessMode) => {
    const storage = stack.one(STORAGE, name);
    expect(storage.inputs).toMatchObject({
      resourceGroupName: "rg-a",
      environmentName: "env-a",
      storageName: `${name.slice("acme-".length)}-${hash}`,
      properties: {
        azureFile: { accountName: "stslipwaya", shareName: `acme-${share}`, accessMode },
      },
    });
    expect(storage.dependencies).toContain(stack.one(SHARE, `acme-${share}`).urn);
  });

  it("lets no app but the agent see the internal share, or write to the customer's", () => {
    const internal = [
      storages.internal_rw,
      storages.customer_rw,
      azureNames("initech").storages.internal_rw,
    ];
    const seen = stack.all(APP).filter((app) => {
      const text = JSON.stringify(app.inputs);
      return internal.some((storage) => text.includes(storage)) || text.includes("internal-rw-");
    });
    expect(seen.map(({ name }) => name).sort()).toEqual(["acme-agent", "initech-agent"]);
  });

  it("mounts what the plan says, through a volume of the storage", () => {
    const agent = inputsOf("acme-agent").template;
    expect(agent.volumes).toEqual(
      [storages.customer_rw, storages.internal_rw].map((storageName) => ({
        name: storageName,
        storageType: "AzureFile",
        storageName,
      })),
    );
    expect(agent.containers[0]?.volumeMounts).toEqual([
      { volumeName: storages.customer_rw, mountPath: "/repo" },
      { volumeName: storages.internal_rw, mountPath: "/var/lib/orbit" },
    ]);
    expect(inputsOf("acme-orbit").template.volumes).toEqual([
      { name: storages.customer_ro, storageType: "AzureFile", storageName: storages.customer_ro },
    ]);
    expect(inputsOf("registry").template).not.toHaveProperty("volumes");
  });

  it("declares apps after the storages that they mount, so that they are deleted before them", () => {
    const urn = (name: string) => stack.one(STORAGE, name).urn;
    const agent = stack.one(APP, "acme-agent").dependencies;
    expect(agent).toEqual(
      expect.arrayContaining([urn("acme-customer-rw"), urn("acme-internal-rw")]),
    );
    expect(agent).not.toContain(urn("acme-customer-ro"));
    expect(stack.one(APP, "acme-orbit").dependencies).toContain(urn("acme-customer-ro"));
  });

  it("declares an app whole", () => {
    const digest = builtDigest("orbit-webapp@1.1.0");
    expect(stack.one(APP, "acme-orbit").inputs).toEqual({
      resourceGroupName: "rg-a",
      containerAppName: `orbit-${hash}`,
      location: "westeurope",
      environmentId: mockId("azure-native:app:ManagedEnvironment", "a"),
      identity: { type: "UserAssigned", userAssignedIdentities: [identityOf("a")] },
      configuration: {
        activeRevisionsMode: "Single",
        ingress: { external: true, targetPort: 8080, transport: "auto", allowInsecure: false },
        registries: [{ server: REGISTRY, identity: identityOf("a") }],
      },
      template: {
        containers: [
          {
            name: "orbit",
            image: `${REGISTRY}/orbit-webapp@${digest}`,
            env: [
              { name: "AGENT_URL", value: `https://agent-${hash}.internal.a.example.com` },
              { name: "REGISTRY_URL", value: "https://registry-shared.a.example.com" },
              { name: "SLIPWAY_VERSION", value: "1.1.0" },
              { name: "SLIPWAY_DIGEST", value: digest },
            ],
            resources: { cpu: 0.5, memory: "1Gi" },
            volumeMounts: [{ volumeName: storages.customer_ro, mountPath: "/repo" }],
          },
        ],
        volumes: [
          {
            name: storages.customer_ro,
            storageType: "AzureFile",
            storageName: storages.customer_ro,
          },
        ],
        scale: { minReplicas: 0, maxReplicas: 2 },
      },
      tags: { "slipway-solution": "acme", "slipway-app": "orbit", "slipway-digest": digest },
    });
  });

  it("tells an app the URL of a shared one in another cell", () => {
    const [container] = inputsOf("initech-orbit").template.containers;
    expect(container?.env).toEqual(
      expect.arrayContaining([
        { name: "REGISTRY_URL", value: "https://registry-shared.a.example.com" },
        {
          name: "AGENT_URL",
          value: `https://agent-${azureNames("initech").hash}.internal.b.example.com`,
        },
      ]),
    );
  });

  it("runs a recorded release by its recorded digest", () => {
    const agent = inputsOf("acme-agent");
    expect(agent.template.containers[0]).toMatchObject({
      image: `${REGISTRY}/maxq-orbit-agent@${RECORDED}`,
      env: [{ name: "SLIPWAY_DIGEST", value: RECORDED }],
    });
    expect(agent.tags["slipway-digest"]).toBe(RECORDED);
    expect(agent.configuration.ingress).toMatchObject({ external: false, targetPort: 9090 });
  });

  it("waits for the build of a recorded release that this stack builds", async () => {
    const plan = samplePlan();
    const recorded = plan.cells.map((cell) => ({
      ...cell,
      sharedApps: cell.sharedApps.map((app) => ({
        ...app,
        image: {
          kind: "digest",
          registry: REGISTRY,
          repository: "registry-service",
          digest: RECORDED,
        } as const,
      })),
    }));
    const again = await declared({ ...plan, cells: recorded });
    const app = again.one(APP, "registry");
    expect(JSON.stringify(app.inputs)).toContain(`registry-service@${RECORDED}`);
    expect(app.dependencies).toContain(
      again.one("slipway:acr:Run", "registry-service@2026.07.0").urn,
    );
  });

  it("clones in an init container, with the token as a secret", () => {
    const { template, configuration } = inputsOf("acme-agent");
    expect(configuration.secrets).toEqual([
      { name: "customer-repository-token", value: TOKENS.customerToken },
    ]);
    // The SDK fills in defaults, and by that makes all of it as secret as its secret part.
    expect(stack.one(APP, "acme-agent").inputs.configuration).toEqual(secret(configuration));
    expect(template.initContainers).toEqual([
      {
        name: "clone",
        image: `${REGISTRY}/maxq-orbit-agent@${RECORDED}`,
        command: ["/bin/sh", "-c", expect.stringContaining("git")],
        env: [
          { name: "CLONE_URL", value: "https://git.example.com/customers/acme.git" },
          { name: "CLONE_PATH", value: "/repo" },
          { name: "CLONE_TOKEN", secretRef: "customer-repository-token" },
        ],
        resources: { cpu: 0.25, memory: "0.5Gi" },
        volumeMounts: [{ volumeName: storages.customer_rw, mountPath: "/repo" }],
      },
    ]);
    for (const app of ["acme-orbit", "acme-mc", "registry"]) {
      expect(inputsOf(app).configuration, app).not.toHaveProperty("secrets");
      expect(inputsOf(app).template, app).not.toHaveProperty("initContainers");
    }
  });

  it("prefers the solution's own token", () => {
    expect(inputsOf("initech-agent").configuration.secrets).toEqual([
      { name: "customer-repository-token", value: TOKENS.customerTokens.initech },
    ]);
  });

  it("clones without a token where the stack has none", async () => {
    const open = await declared(samplePlan(), { sourceTokens: {}, customerTokens: {} });
    const { configuration, template } = inputsOf("acme-agent", open);
    expect(configuration).not.toHaveProperty("secrets");
    expect(JSON.stringify(template.initContainers)).not.toContain("secretRef");
  });

  it.each<[Partial<SolutionPlan>, boolean, boolean]>([
    [{ state: "active" }, true, true],
    [{ state: "active", keepData: true }, true, true],
    [{ state: "retired" }, true, true],
    [{ state: "deletable" }, false, false],
    [{ state: "deletable", keepData: true }, false, true],
  ])("with %o sets protect %s and retainOnDelete %s on shares", async (state, protect, retain) => {
    const plan = samplePlan();
    const [cell] = plan.cells;
    if (cell === undefined) throw new Error("the sample has a cell");
    const solutions = [sampleSolution("acme", state)];
    const changed = await declared({ ...plan, cells: [{ ...cell, solutions }] });
    for (const name of ["acme-customer", "acme-internal"]) {
      const { protect: protectedNow, retainOnDelete } = changed.one(SHARE, name);
      expect([protectedNow, retainOnDelete]).toEqual([protect, retain]);
    }
    const active = state.state === "active";
    expect(changed.all(STORAGE).length).toBe(active ? 3 : 0);
    expect(changed.all(APP).length).toBe(active ? 4 : 1);
  });
});

function inputsOf(name: string, from: Declared = stack): AppInputs {
  const { configuration, ...inputs } = from.one(APP, name).inputs;
  const { secret: opened = configuration } = configuration as { secret?: unknown };
  return { ...inputs, configuration: opened } as unknown as AppInputs;
}

function identityOf(cell: string): string {
  return mockId("azure-native:managedidentity:UserAssignedIdentity", cell);
}
