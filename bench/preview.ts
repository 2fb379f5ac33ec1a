/**
 * No-change `pulumi preview` of 100 solutions, and a warm `slipway up`, against a plain single-file
 * program with the same kinds of resources in the same number.
 */
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument, stringify } from "yaml";
import { SANDBOX_SUBSCRIPTION_ID } from "../sandbox/contract.ts";
import { type Command, compare, printComparison } from "./measure.ts";
import { type BenchWorld, inBenchWorld } from "./world.ts";

const SOLUTIONS = Array.from({ length: 100 }, (_, i) => `bench-${i}`);
const RUNS = 3;
const REGISTRY = "slipwaydev.azurecr.io";

interface Deployed {
  component: string;
  version: string;
  digest: string;
  solution: string | null;
}

export async function benchPreview(): Promise<void> {
  await inBenchWorld(async (world) => {
    const images = await buildImages(world);
    await makeFleet(world, images);
    await makePlain(world, images);
    await tune(world);
    const fleet = preview(world, "slipway, 100 solutions", world.root);
    const plain = preview(world, "plain program, default settings", projectOf(world, "plain"));
    const tuned = preview(world, "plain program, same settings", projectOf(world, "tuned"));
    console.log(
      `\n${await counts(world, fleet.cwd)} resources against ${await counts(world, plain.cwd)}`,
    );
    printComparison("Preview without changes", fleet, plain, await compare(fleet, plain, RUNS));
    printComparison("Preview without changes", fleet, tuned, await compare(fleet, tuned, RUNS));
  });
}

/** Converges the sample's stack with one solution, so that every image is in the registry. */
async function buildImages(world: BenchWorld): Promise<Deployed[]> {
  const one = {
    schema_version: 1,
    defaults: { environment: "dev" },
    solutions: [{ id: "one", name: "One" }],
  };
  await writeFile(path.join(world.root, "solutions.yaml"), stringify(one));
  await dropOverrides(path.join(world.root, "environments/dev.yaml"));
  const { apps } = JSON.parse(await world.slipway("up", "--stack", "dev", "--json")) as {
    apps: Deployed[];
  };
  return apps;
}

/** A stack that deploys recorded digests of the sample's registry: no builds, 100 solutions. */
async function makeFleet(world: BenchWorld, images: readonly Deployed[]): Promise<void> {
  const file = (name: string) => path.join(world.root, name);
  for (const { component, version, digest } of images) {
    const record = file(`releases/${component}/v${version}/release.yaml`);
    const document = parseDocument(await readFile(record, "utf8"));
    document.set("artifact", {
      registry: REGISTRY,
      repository: component,
      tag: version,
      media_type: "application/vnd.oci.image.manifest.v1+json",
      digest,
      size: 1000,
    });
    await writeFile(record, document.toString());
  }
  const dev = parseDocument(await readFile(file("Pulumi.dev.yaml"), "utf8"));
  dev.setIn(["config", "slipway:environment"], "bench");
  dev.setIn(["config", "slipway:registry"], { owned: false, id: await registryId(world) });
  dev.setIn(["config", "slipway:cells"], [{ name: "a" }]);
  await writeFile(file("Pulumi.bench.yaml"), dev.toString());
  const pointers = parseDocument(await readFile(file("environments/dev.yaml"), "utf8"));
  pointers.set("environment", "bench");
  await writeFile(file("environments/bench.yaml"), pointers.toString());
  const entries = SOLUTIONS.map((id) => ({ id, name: id, environment: "bench" }));
  const list = {
    schema_version: 1,
    defaults: { environment: "dev" },
    solutions: [{ id: "one", name: "One" }, ...entries],
  };
  await writeFile(file("solutions.yaml"), stringify(list));
  await world.exec("pulumi", ["stack", "init", "bench", "--non-interactive"]);
  await converge(world, world.root);
}

/** They name solutions of the sample that a benchmark does not have. */
async function dropOverrides(file: string): Promise<void> {
  const document = parseDocument(await readFile(file, "utf8"));
  document.delete("overrides");
  await writeFile(file, document.toString());
}

async function makePlain(world: BenchWorld, images: readonly Deployed[]): Promise<void> {
  const project = projectOf(world, "plain");
  await cp(path.join(world.root, "bench/programs/plain"), project, { recursive: true });
  const byComponent = images.map(({ component, version, digest }) => [
    component,
    { version, digest, reference: `${REGISTRY}/${component}@${digest}` },
  ]);
  const config = {
    "plain:registryId": await registryId(world),
    "plain:server": REGISTRY,
    "plain:subscriptionId": SANDBOX_SUBSCRIPTION_ID,
    "plain:solutions": JSON.stringify(SOLUTIONS),
    "plain:images": JSON.stringify(Object.fromEntries(byComponent)),
    "azure-native:subscriptionId": SANDBOX_SUBSCRIPTION_ID,
    "azure-native:location": "westeurope",
  };
  await writeFile(path.join(project, "Pulumi.bench.yaml"), stringify({ config }));
  await world.exec("pulumi", ["stack", "init", "bench", "--non-interactive"], project);
  await converge(world, project);
}

/** The same project and stack, so the same state, with another entry file. */
async function tune(world: BenchWorld): Promise<void> {
  const project = projectOf(world, "tuned");
  await cp(projectOf(world, "plain"), project, { recursive: true });
  const file = path.join(project, "Pulumi.yaml");
  const yaml = await readFile(file, "utf8");
  await writeFile(file, yaml.replace("main: index.ts", "main: tuned.ts"));
}

async function converge(world: BenchWorld, cwd: string): Promise<void> {
  const args = ["up", "--yes", "--skip-preview", "--stack", "bench", "--non-interactive"];
  await world.exec("pulumi", args, cwd);
}

function projectOf(world: BenchWorld, name: string): string {
  return path.join(world.root, "bench/programs", `run-${name}`);
}

function preview(world: BenchWorld, label: string, cwd: string): Command & { cwd: string } {
  const args = ["preview", "--expect-no-changes", "--stack", "bench", "--non-interactive"];
  return { label, file: "pulumi", args, cwd, env: world.env };
}

async function counts(world: BenchWorld, cwd: string): Promise<number> {
  const state = await world.exec("pulumi", ["stack", "export", "--stack", "bench"], cwd);
  return (JSON.parse(state) as { deployment: { resources: unknown[] } }).deployment.resources
    .length;
}

async function registryId(world: BenchWorld): Promise<string> {
  const state = await world.exec("pulumi", ["stack", "export", "--stack", "dev"]);
  const { resources } = (
    JSON.parse(state) as { deployment: { resources: { type: string; id?: string }[] } }
  ).deployment;
  const id = resources.find(({ type }) => type === "azure-native:containerregistry:Registry")?.id;
  if (id === undefined) throw new Error("the stack dev has no registry");
  return id;
}
