/** 10,000 records and 1,000 solutions, read and validated, against plain YAML parsing of the same files. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseDocument, stringify } from "yaml";
import { type Command, compare, printComparison } from "./measure.ts";

const root = path.resolve(import.meta.dirname, "..");
const RECORDS = 10_000;
const SOLUTIONS = 1_000;

export async function benchRecords(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
  try {
    await generate(folder);
    const validate = command("read and validate", "validate.ts", folder);
    const parse = command("yaml.parse of the same files", "parse.ts", folder);
    const title = `${RECORDS} records and ${SOLUTIONS} solutions`;
    printComparison(title, validate, parse, await compare(validate, parse, 5));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function command(label: string, program: string, folder: string): Command {
  const args = ["--import", "tsx", path.join(root, "bench/programs", program), folder];
  return { label, file: process.execPath, args, cwd: root };
}

async function generate(folder: string): Promise<void> {
  for (const part of ["environments", "releases", "Pulumi.yaml", "Pulumi.dev.yaml"]) {
    await cp(path.join(root, part), path.join(folder, part), { recursive: true });
  }
  const pointers = path.join(folder, "environments/dev.yaml");
  const environment = parseDocument(await readFile(pointers, "utf8"));
  environment.delete("overrides"); // they name solutions of the sample
  await writeFile(pointers, environment.toString());
  const component = "orbit-webapp";
  for (let i = 0; i < RECORDS; i++) {
    const version = `10.${Math.floor(i / 100)}.${i % 100}`;
    const target = path.join(folder, "releases", component, `v${version}`);
    await mkdir(target, { recursive: true });
    await writeFile(path.join(target, "release.yaml"), record(component, version, i));
  }
  const solutions = Array.from({ length: SOLUTIONS }, (_, i) => ({
    id: `bench-${i}`,
    name: `Bench ${i}`,
    cell: `c${i % 8}`,
  }));
  const list = { schema_version: 1, defaults: { environment: "dev" }, solutions };
  await writeFile(path.join(folder, "solutions.yaml"), stringify(list));
  await widenCells(folder);
}

/** The sample stack has two cells of at most 250 solutions; a thousand need more. */
async function widenCells(folder: string): Promise<void> {
  const file = path.join(folder, "Pulumi.dev.yaml");
  const document = parseDocument(await readFile(file, "utf8"));
  const cells = Array.from({ length: 8 }, (_, i) => ({ name: `c${i}` }));
  document.setIn(["config", "slipway:cells"], cells);
  document.setIn(["config", "slipway:default_cell"], "c0");
  await writeFile(file, document.toString());
}

function record(component: string, version: string, index: number): string {
  const commit = index.toString(16).padStart(40, "0");
  return `schema_version: 1
component: ${component}
version: ${version}
released_at: "2026-01-01"
source:
  repo: platform
  path: services/orbit-webapp
  tag: ${component}/v${version}
  commit: "${commit}"
target: container
artifact:
  registry: slipwaydev.azurecr.io
  repository: ${component}
  tag: ${version}
  media_type: application/vnd.oci.image.manifest.v1+json
  digest: sha256:${commit.padStart(64, "a")}
  size: 1234
`;
}
