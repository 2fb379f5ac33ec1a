import { describe, expect, it } from "vitest";
import { type Checkout, loadCheckout, planStack, type StackPlan } from "../../config/index.ts";
import { finishRecord } from "../../registry/index.ts";
import { SlipwayError } from "../../schemas/index.ts";
import { goodCheckout } from "../fixtures/bad-input.ts";
import type { TempCheckout } from "../fixtures/checkout.ts";

async function load(checkout: TempCheckout): Promise<Checkout> {
  const { checkout: loaded, problems } = await loadCheckout(checkout.root);
  expect(problems).toEqual([]);
  if (loaded === undefined) throw new Error("nothing loaded");
  return loaded;
}

function plan(loaded: Checkout, stack = "dev"): StackPlan {
  const config = loaded.stacks.get(stack);
  if (config === undefined) throw new Error(`no stack ${stack}`);
  return planStack(loaded, config);
}

/** 22 more patches of 1.4, newer than all records of 1.4 that are there. */
function addPatches(checkout: TempCheckout): void {
  const text = checkout.read("releases/orbit-webapp/v1.4.0/release.yaml");
  for (let patch = 10; patch < 32; patch += 1) {
    checkout.write(
      `releases/orbit-webapp/v1.4.${patch}/release.yaml`,
      text
        .replaceAll("1.4.0", `1.4.${patch}`)
        .replace(/commit: .*/, `commit: ${String(patch).repeat(20)}`.replace(/: (.*)/, ': "$1"')),
    );
  }
}

async function planned(edit: (checkout: TempCheckout) => void = () => {}): Promise<StackPlan> {
  const checkout = await goodCheckout();
  edit(checkout);
  return plan(await load(checkout));
}

function app(of: StackPlan, solution: string, name: string) {
  const found = of.cells
    .flatMap((cell) => cell.solutions)
    .find(({ id }) => id === solution)
    ?.apps.find((entry) => entry.app === name);
  if (found === undefined) throw new Error(`no ${name} of ${solution}`);
  return found;
}

function codesOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof SlipwayError) return error.problems.map(({ code }) => code);
    throw error;
  }
  return [];
}

const env = (of: StackPlan, solution: string, name: string) =>
  Object.fromEntries(
    app(of, solution, name).env.map((entry) => [
      entry.name,
      "value" in entry ? entry.value : entry.urlOf.containerAppName,
    ]),
  );

const built = {
  registry: "slipwaydev.azurecr.io",
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 402,
};

async function finish(
  checkout: TempCheckout,
  component: string,
  version: string,
  registry = built.registry,
) {
  const record = (await load(checkout)).registry.records
    .get(component)
    ?.find((entry) => entry.version === version);
  if (record === undefined) throw new Error(`no ${component}@${version}`);
  await finishRecord(checkout.root, record, { ...built, registry });
}

const FOREIGN = `config:
  azure-native:subscriptionId: 00000000-0000-4000-8000-736c69707761
  azure-native:location: westeurope
  slipway:environment: dev
  slipway:registry:
    owned: false
    id: /subscriptions/00000000-0000-4000-8000-736c69707761/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/slipwaydev
  slipway:cells: [{ name: c }]
`;

describe("planStack", () => {
  it("is pure: printable, and the same twice", async () => {
    const loaded = await load(await goodCheckout());
    const first = plan(loaded);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(plan(loaded)).toEqual(first);
  });

  it("puts each solution into its own or the default cell, and shared apps into theirs", async () => {
    const { cells } = await planned();
    expect(cells.map(({ config, solutions }) => [config.name, solutions.length])).toEqual([
      ["a", 10],
      ["b", 10],
    ]);
    expect(cells.map(({ sharedApps }) => sharedApps.map((shared) => shared.app))).toEqual([
      [],
      ["aurora", "registry"],
    ]);
    expect(cells[0]?.pullAssignment).not.toBe(cells[1]?.pullAssignment);
  });

  it("resolves a pointer by solution, then ring, then environment", async () => {
    const of = await planned((checkout) =>
      checkout.append(
        "environments/dev.yaml",
        "  - solution: acme\n    versions:\n      orbit-webapp: 1.3.0\n",
      ),
    );
    expect(app(of, "globex", "orbit").version).toBe("1.4.0");
    expect(app(of, "umbrella", "orbit").version).toBe("1.4.1");
    expect(app(of, "acme", "orbit").version).toBe("1.3.0");
    expect(app(of, "acme", "agent").version).toBe("0.9.1");
    expect(app(of, "hooli", "mc").version).toBe("0.6.1");
  });

  it("tells apps what they are, over the solution's variables, over the catalogue's", async () => {
    const of = await planned((checkout) =>
      checkout.edit("solutions.yaml", "SUPPORT_LEVEL: gold", "METHODOLOGY_PATH: /repo/other"),
    );
    expect(env(of, "umbrella", "orbit")).toEqual({
      METHODOLOGY_PATH: "/repo/other",
      AGENT_URL: app(of, "umbrella", "agent").containerAppName,
      REGISTRY_URL: of.cells[1]?.sharedApps[1]?.containerAppName,
      SLIPWAY_APP: "orbit",
      SLIPWAY_COMMIT: "bd6f947244c6f8794dc5ecb15134dc8ae4df13a9",
      SLIPWAY_COMPONENT: "orbit-webapp",
      SLIPWAY_ENVIRONMENT: "dev",
      SLIPWAY_RELEASE: "orbit-webapp@1.4.1",
      SLIPWAY_SOLUTION: "umbrella",
      SLIPWAY_VERSION: "1.4.1",
    });
    expect(env(of, "acme", "orbit").METHODOLOGY_PATH).toBe("/repo/trajectory-methodology");
    expect(of.cells[1]?.sharedApps[0]?.env.map(({ name }) => name)).not.toContain(
      "SLIPWAY_SOLUTION",
    );
  });

  it("shows the internal share to the agent alone, and the customer share writable to it alone", async () => {
    const { cells } = await planned();
    for (const { solutions, sharedApps } of cells) {
      for (const { apps } of solutions) {
        const mounts = apps.flatMap(({ app: name, mounts: all }) =>
          all.map(({ share, access }) => `${name} ${share} ${access}`),
        );
        expect(mounts).toEqual([
          "orbit customer read_only",
          "agent customer read_write",
          "agent internal read_write",
          "mc customer read_only",
        ]);
      }
      expect(sharedApps.flatMap(({ mounts }) => mounts)).toEqual([]);
    }
  });

  it("refuses an environment, or a version, that the checkout has not", async () => {
    const loaded = await load(await goodCheckout());
    const config = loaded.stacks.get("dev");
    const dev = loaded.environments.get("dev");
    if (config === undefined || dev === undefined) throw new Error("no stack dev");
    // The engine takes config from other files and flags, too, which nobody has checked.
    expect(codesOf(() => planStack(loaded, { ...config, environment: "staging" }))).toEqual([
      "unknown-environment",
    ]);
    const versions = new Map([...dev.versions].filter(([name]) => name !== "orbit-webapp"));
    const environments = new Map([["dev", { ...dev, versions, overrides: [] }]]);
    expect(codesOf(() => planStack({ ...loaded, environments }, config))).toEqual([
      "environment-rule",
    ]);
  });

  it("has the agent clone the customer repository where there is one", async () => {
    const of = await planned();
    expect(app(of, "acme", "agent").clone).toEqual({
      repository: "https://git.example.com/customers/acme.git",
      path: "/repo",
    });
    expect(app(of, "wonka", "agent").clone).toBeUndefined();
    expect(app(of, "acme", "orbit").clone).toBeUndefined();
  });

  it.each(["retired", "deletable"])("keeps the shares alone of a %s solution", async (state) => {
    const { cells } = await planned((checkout) =>
      checkout.edit(
        "solutions.yaml",
        "name: Globex\n",
        `name: Globex\n    state: ${state}\n    keep_data: true\n`,
      ),
    );
    const globex = cells[0]?.solutions.find(({ id }) => id === "globex");
    expect(globex).toMatchObject({ state, keepData: true, apps: [], storages: [] });
    expect(globex?.shares.map(({ name, quotaGib }) => [name, quotaGib])).toEqual([
      ["globex-customer", 128],
      ["globex-internal", 128],
    ]);
  });

  it("writes names into metadata as headers can carry them", async () => {
    const { cells } = await planned((checkout) =>
      checkout.edit("solutions.yaml", "name: Globex\n", 'name: "Müller & 100% Söhne"\n'),
    );
    const share = cells[0]?.solutions.find(({ id }) => id === "globex")?.shares[0];
    expect(share?.metadata.slipway_name).toBe("M%C3%BCller & 100%25 S%C3%B6hne");
    expect(Object.keys(share?.metadata ?? {}).every((key) => /^[a-z_]+$/.test(key))).toBe(true);
  });
});

describe("planStack's builds", () => {
  it("declare a run per record that the owner builds, with latest on the newest stable one", async () => {
    const { builds } = await planned();
    const runs = Object.fromEntries(
      builds.map(({ component, runs: all }) => [
        component,
        all.map(({ version, latest }) => (latest ? `${version} latest` : version)).join(", "),
      ]),
    );
    expect(runs).toEqual({
      "aurora-webapp": "3.1.0 latest, 3.0.0",
      "orbit-webapp": "2.0.0-rc.1, 1.4.1 latest, 1.4.0, 1.3.0",
      "maxq-orbit-agent": "0.9.1 latest, 0.9.0, 0.8.0",
      "maxq-orbit-agent-webapp": "0.6.1 latest, 0.6.0, 0.5.0",
      "registry-service": "2026.07.0 latest, 2026.06.1, 2026.06.0",
    });
    expect(builds[1]?.runs[2]).toEqual({
      release: "orbit-webapp@1.4.0",
      component: "orbit-webapp",
      version: "1.4.0",
      commit: "e12415ceebdab1a5a8f0b10299488c7bedcee651",
      context:
        "https://git.example.com/platform/platform.git#e12415ceebdab1a5a8f0b10299488c7bedcee651:services/orbit-webapp",
      source: "https://git.example.com/platform/platform.git",
      created: "2026-06-22T00:00:00Z",
      latest: false,
    });
  });

  it("keep a window of 20 and what is pointed at beyond it", async () => {
    const of = await planned(addPatches);
    const versions = of.builds[1]?.runs.map(({ version }) => version) ?? [];
    expect(versions).toHaveLength(22);
    expect(versions.slice(0, 2)).toEqual(["2.0.0-rc.1", "1.4.31"]);
    expect(versions.slice(-3)).toEqual(["1.4.13", "1.4.1", "1.4.0"]);
    expect(of.builds[1]?.runs.filter(({ latest }) => latest)).toHaveLength(1);
    const tags = of.tags.filter(({ tag }) => tag.startsWith("orbit-webapp/"));
    expect(tags).toHaveLength(22);
  });

  it("are the one that is being released and nothing else, whatever its age", async () => {
    const checkout = await goodCheckout();
    addPatches(checkout);
    const loaded = await load(checkout);
    const config = loaded.stacks.get("dev");
    if (config === undefined) throw new Error("no stack dev");
    const releasing = "orbit-webapp@1.3.0";
    const { builds, cells, tags } = planStack(loaded, config, { releasing });
    expect(cells).toEqual([]);
    expect(builds.map(({ component }) => component)).toEqual(["orbit-webapp"]);
    expect(builds[0]?.runs).toMatchObject([{ release: releasing, latest: false }]);
    expect(tags.map(({ tag }) => tag)).toEqual(["orbit-webapp/v1.3.0"]);
  });

  it("deploy a recorded digest as a plain value, and expect it of the run", async () => {
    const checkout = await goodCheckout();
    await finish(checkout, "orbit-webapp", "1.4.0");
    const of = plan(await load(checkout));
    expect(app(of, "globex", "orbit").image).toEqual({
      kind: "digest",
      registry: "slipwaydev.azurecr.io",
      repository: "orbit-webapp",
      digest: built.digest,
    });
    expect(of.builds[1]?.runs[2]?.expectedDigest).toBe(built.digest);
    expect(app(of, "umbrella", "orbit").image).toMatchObject({
      kind: "build",
      release: "orbit-webapp@1.4.1",
    });
  });

  it("leave out a record of another registry", async () => {
    const checkout = await goodCheckout();
    await finish(checkout, "orbit-webapp", "1.3.0", "elsewhere.azurecr.io");
    const of = plan(await load(checkout));
    expect(of.builds[1]?.runs.map(({ version }) => version)).toEqual([
      "2.0.0-rc.1",
      "1.4.1",
      "1.4.0",
    ]);
  });

  it("are no way to run an image of another registry, which no identity may pull from", async () => {
    const checkout = await goodCheckout();
    await finish(checkout, "orbit-webapp", "1.4.0", "elsewhere.azurecr.io");
    const loaded = await load(checkout);
    expect(problemsOf(() => plan(loaded))).toMatchObject([
      {
        code: "record-not-deployable",
        file: "releases/orbit-webapp/v1.4.0/release.yaml",
        message: expect.stringMatching(/elsewhere\.azurecr\.io, expected slipwaydev\.azurecr\.io/),
      },
    ]);
  });

  it("are none on a stack that does not own the registry, where pending records are refused", async () => {
    const checkout = await goodCheckout();
    checkout.write("Pulumi.far.yaml", FOREIGN);
    checkout.edit(
      "solutions.yaml",
      "  - id: wonka\n    name: Wonka Industries\n    cell: b\n",
      "  - id: wonka\n    name: Wonka Industries\n    cell: c\n",
    );
    const loaded = await load(checkout);
    expect(() => plan(loaded, "far")).toThrow(SlipwayError);
    const problems = problemsOf(() => plan(loaded, "far"));
    expect(problems.map(({ code, file }) => `${code} ${file}`).sort()).toEqual([
      "record-pending releases/aurora-webapp/v3.0.0/release.yaml",
      "record-pending releases/maxq-orbit-agent-webapp/v0.6.0/release.yaml",
      "record-pending releases/maxq-orbit-agent/v0.9.0/release.yaml",
      "record-pending releases/orbit-webapp/v1.4.0/release.yaml",
      "record-pending releases/registry-service/v2026.06.1/release.yaml",
    ]);
    expect(problems.find(({ message }) => message.includes("orbit-webapp@1.4.0"))?.message).toMatch(
      /run: slipway release orbit-webapp@1.4.0/,
    );
    for (const [component, version] of [
      ["aurora-webapp", "3.0.0"],
      ["maxq-orbit-agent-webapp", "0.6.0"],
      ["maxq-orbit-agent", "0.9.0"],
      ["orbit-webapp", "1.4.0"],
      ["registry-service", "2026.06.1"],
    ] as const) {
      await finish(checkout, component, version);
    }
    const of = plan(await load(checkout), "far");
    expect(of.builds).toEqual([]);
    expect(of.cells.map(({ solutions }) => solutions.map(({ id }) => id))).toEqual([["wonka"]]);
    expect(of.tags.map(({ tag }) => tag)).toHaveLength(5);
  });
});

function problemsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof SlipwayError) return error.problems;
    throw error;
  }
  return [];
}
