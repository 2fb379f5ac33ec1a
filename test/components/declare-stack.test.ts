import { beforeAll, describe, expect, it } from "vitest";
import { buildTargets } from "../../cli/up/targets.ts";
import type { StackPlan } from "../../config/plan-types.ts";
import { azureNames } from "../../naming/index.ts";
import {
  ACCOUNT_KEY,
  builtDigest,
  type Declared,
  declared,
  mockId,
  secret,
  TOKENS,
  WORKSPACE_KEY,
} from "./declared.ts";
import { RECORDED, REGISTRY, SUBSCRIPTION, samplePlan } from "./sample-plan.ts";

const APP = "azure-native:app:ContainerApp";
const GROUP = "azure-native:resources:ResourceGroup";
const SHARE = "azure-native:storage:FileShare";
const STORAGE = "azure-native:app:ManagedEnvironmentsStorage";
const RUN = "slipway:acr:Run";

/** Input that names a resource in Azure. Without it a random suffix is added. */
const PHYSICAL_NAME: Record<string, string> = {
  [GROUP]: "resourceGroupName",
  [APP]: "containerAppName",
  [SHARE]: "shareName",
  [STORAGE]: "storageName",
  "azure-native:app:ManagedEnvironment": "environmentName",
  "azure-native:authorization:RoleAssignment": "roleAssignmentName",
  "azure-native:containerregistry:Registry": "registryName",
  "azure-native:containerregistry:Task": "taskName",
  "azure-native:managedidentity:UserAssignedIdentity": "resourceName",
  "azure-native:operationalinsights:Workspace": "workspaceName",
  "azure-native:storage:StorageAccount": "accountName",
};

let stack: Declared;
beforeAll(async () => {
  stack = await declared(samplePlan());
});

describe("declareStack", () => {
  it("gives every Azure resource an explicit name, and none twice", () => {
    const names = stack.resources
      .filter(({ type }) => type.startsWith("azure-native:"))
      .map(({ type, inputs }) => {
        const name = inputs[PHYSICAL_NAME[type] ?? ""];
        expect(name, type).toMatch(/^[a-z0-9-]+$/);
        return `${type} ${inputs.resourceGroupName} ${name}`;
      });
    // Registry and its group, two tasks; per cell six and a solution of eight; one shared app.
    expect(names.length).toBe(2 + 2 + 2 * (6 + 8) + 1);
    expect(new Set(names).size).toBe(names.length);
  });

  it("puts resources under the component they belong to", () => {
    const cell = stack.one("slipway:components:Cell", "b");
    const solution = stack.one("slipway:components:Solution", "initech");
    expect(solution.parent).toBe(cell.urn);
    for (const app of ["orbit", "agent", "mc"]) {
      expect(stack.one(APP, `initech-${app}`).parent).toBe(solution.urn);
    }
    const shared = stack.one("slipway:components:SharedApps", "a");
    expect(stack.one(APP, "registry").parent).toBe(shared.urn);
    for (const { type, parent } of stack.resources) {
      if (type.startsWith("azure-native:")) expect(parent, type).toMatch(/slipway:components:/);
    }
  });

  it("sends none of the provider's aliases for old API versions", () => {
    expect(stack.resources.reduce((sum, { aliases }) => sum + aliases, 0)).toBe(0);
  });

  it("marks keys and tokens secret wherever they go", () => {
    const storage = stack.one(STORAGE, "acme-customer-rw").inputs;
    expect(storage).toMatchObject({
      properties: { azureFile: { accountKey: secret(ACCOUNT_KEY) } },
    });
    expect(stack.one("azure-native:app:ManagedEnvironment", "a").inputs).toMatchObject({
      appLogsConfiguration: {
        destination: "log-analytics",
        logAnalyticsConfiguration: {
          customerId: "customer-of-a",
          sharedKey: secret(WORKSPACE_KEY),
        },
      },
    });
    expect(stack.one("azure-native:containerregistry:Task", "orbit-webapp").inputs).toMatchObject({
      step: { contextAccessToken: secret("source-token-value") },
    });
    const clear = JSON.stringify(stack.resources.map(({ inputs }) => withoutSecrets(inputs)));
    for (const value of [ACCOUNT_KEY, WORKSPACE_KEY, ...tokenValues()]) {
      expect(clear).not.toContain(value);
      expect(JSON.stringify(stack.resources)).toContain(value);
    }
  });

  it("leaves out the source token where the stack has none", () => {
    const task = stack.one("azure-native:containerregistry:Task", "registry-service");
    expect(task.inputs.step).not.toHaveProperty("contextAccessToken");
  });

  it("protects and retains what holds images and customer data", () => {
    const kept = stack.resources.filter(({ protect }) => protect);
    expect(new Set(kept.map(({ type }) => type))).toEqual(
      new Set([
        GROUP,
        SHARE,
        "azure-native:containerregistry:Registry",
        "azure-native:storage:StorageAccount",
      ]),
    );
    for (const { type, protect, retainOnDelete } of stack.resources) {
      const holdsData = kept.some((resource) => resource.type === type);
      expect([protect ?? false, retainOnDelete ?? false], type).toEqual([holdsData, holdsData]);
    }
  });

  it("lets each cell's identity pull from the registry before an app starts", () => {
    const pull = stack.one("azure-native:authorization:RoleAssignment", "b");
    expect(pull.inputs).toMatchObject({
      principalId: "principal-of-b",
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`,
      scope: mockId("azure-native:containerregistry:Registry", "registry"),
    });
    expect(stack.one(APP, "initech-orbit").dependencies).toContain(pull.urn);
    expect(stack.one(APP, "registry").dependencies).toContain(
      stack.one("azure-native:authorization:RoleAssignment", "a").urn,
    );
  });

  it("tells outputs by solution, by shared app and by release", () => {
    const hash = azureNames("acme").hash;
    expect(stack.outputs).toMatchObject({
      registry: REGISTRY,
      solutions: {
        acme: {
          name: "acme Ltd",
          cell: "a",
          state: "active",
          apps: {
            orbit: {
              url: `https://orbit-${hash}.a.example.com`,
              version: "1.1.0",
              digest: builtDigest("orbit-webapp@1.1.0"),
              containerApp: `orbit-${hash}`,
            },
            agent: { url: `https://agent-${hash}.internal.a.example.com`, digest: RECORDED },
            mc: { version: "1.0.0" },
          },
        },
        initech: { cell: "b" },
      },
      apps: { registry: { url: "https://registry-shared.a.example.com", version: "2026.07.0" } },
      builds: {
        "orbit-webapp@1.0.0": {
          digest: builtDigest("orbit-webapp@1.0.0"),
          runId: "ca1",
          size: 1234,
          mediaType: "application/x",
        },
      },
    });
  });
});

describe("declareStack of a stack that builds nothing", () => {
  it("pulls from the registry that config names", async () => {
    const id = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/other`;
    const plan = samplePlan();
    const agents = plan.cells.map((cell) => ({
      ...cell,
      sharedApps: [],
      solutions: cell.solutions.map((solution) => ({
        ...solution,
        apps: solution.apps.filter(({ app }) => app === "agent"),
      })),
    }));
    const registry = { owned: false, id, name: "other" } as const;
    const tokens = { sourceTokens: {}, customerTokens: {} };
    const cell = await declared({ ...plan, registry, builds: [], cells: agents }, tokens);
    expect(cell.all("azure-native:containerregistry:Registry")).toEqual([]);
    expect(cell.all(RUN)).toEqual([]);
    const pull = cell.one("azure-native:authorization:RoleAssignment", "a");
    expect(pull.inputs.scope).toBe(id);
    expect(cell.one(APP, "acme-agent").inputs).toMatchObject({
      configuration: { registries: [{ server: "other.azurecr.io" }] },
    });
  });
});

describe("ComponentBuild", () => {
  it("declares one task, and a run for each release", () => {
    const task = stack.one("azure-native:containerregistry:Task", "orbit-webapp");
    expect(task.inputs).toMatchObject({
      taskName: "build-orbit-webapp",
      registryName: "slipwaydev",
      resourceGroupName: "rg-registry",
      location: "northeurope",
      platform: { os: "Linux", architecture: "amd64" },
      status: "Enabled",
    });
    expect(stack.all(RUN).map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "orbit-webapp@1.1.0",
        "orbit-webapp@1.0.0",
        "registry-service@2026.07.0",
      ]),
    );
    const run = stack.one(RUN, "orbit-webapp@1.0.0");
    expect(run.dependencies).toContain(task.urn);
    expect(run.inputs).toMatchObject({
      taskName: "build-orbit-webapp",
      image: "orbit-webapp",
      version: "1.0.0",
      latest: false,
      context: expect.stringMatching(/\.git#[0-9a-f]{40}:services\/orbit-webapp$/),
    });
  });

  it("gives the task no context, so that nothing but a pinned run builds", () => {
    const { step } = stack.one("azure-native:containerregistry:Task", "orbit-webapp").inputs;
    expect(step).not.toHaveProperty("contextPath");
    const { encodedTaskContent } = step as { encodedTaskContent: string };
    const yaml = Buffer.from(encodedTaskContent, "base64").toString("utf8");
    expect(yaml).toContain("$Registry/orbit-webapp:git-{{.Values.commit}}");
    expect(yaml).toContain("--build-arg FLAVOUR=plain");
  });

  it("builds by BuildKit where the stack says so, and runs what was built", async () => {
    const plan = samplePlan({ builder: { kind: "buildkit", builder: "local" } });
    const buildkit = await declared(plan);
    expect(buildkit.all(RUN)).toEqual([]);
    expect(buildkit.all("azure-native:containerregistry:Task")).toEqual([]);
    const images = buildkit.all("docker-build:index:Image");
    expect(images.length).toBe(3);
    for (const { inputs, parent } of images) {
      expect(inputs).toMatchObject({ builder: { name: "local" }, buildOnPreview: false });
      expect(parent).toContain("slipway:components:ComponentBuild");
    }
    expect(JSON.stringify(images.map(({ inputs }) => withoutSecrets(inputs)))).not.toContain(
      TOKENS.sourceTokens.platform,
    );
    const app = buildkit.one(APP, "acme-orbit");
    const [built] = buildkit
      .all("slipway:acr:BuiltImage")
      .filter(({ inputs }) => inputs.version === "1.1.0");
    expect(app.dependencies).toContain(built?.urn);
    expect(JSON.stringify(app.inputs)).toContain(`orbit-webapp@${builtDigest(built?.name ?? "")}`);
  });
});

describe("buildTargets", () => {
  it.each<StackPlan["builder"]>([{ kind: "acr" }, { kind: "buildkit", builder: "local" }])(
    "names exactly what one build by $kind needs, as it is declared",
    async (builder) => {
      const plan = samplePlan({ builder });
      const { resources } = await declared(plan);
      const build = plan.builds[0]?.runs[0];
      if (build === undefined) throw new Error("no build");
      // The mocks put the stack's type before a component's; the engine does not.
      const real = (urn: string) => urn.replace("::pulumi:pulumi:Stack$", "::");
      const named = buildTargets(plan, build);
      const found = resources.filter(({ urn }) => named.includes(real(urn)));
      expect(found.map(({ urn }) => real(urn)).sort()).toEqual([...named].sort());
      // Whatever a target depends on or stands in is a target too, but for the stack itself.
      for (const { parent, dependencies } of found) {
        const needed = [parent, ...dependencies].map(real).filter((urn) => !/:Stack::/.test(urn));
        expect(named).toEqual(expect.arrayContaining(needed));
      }
    },
  );
});

function tokenValues(): string[] {
  const { sourceTokens, customerToken, customerTokens } = TOKENS;
  return [...Object.values(sourceTokens), customerToken, ...Object.values(customerTokens)];
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  if ("secret" in value) return "secret";
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]),
  );
}
