/** Packing and verifying a package of 200 files, against the plain tools that do the bare minimum of it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { git } from "../sandbox/git/git-process.ts";
import { SOURCE_TOKEN, startGitHost } from "../sandbox/git/host.ts";
import { startRegistry } from "../sandbox/oci/registry.ts";
import { IMAGE_MANIFEST, RegistryClient, sha256 } from "../sandbox/oci/registry-client.ts";
import { freePort } from "../test/fixtures/ports.ts";
import { findTool } from "../tools/find.mjs";
import { type Command, compare, printComparison, run } from "./measure.ts";

const root = path.resolve(import.meta.dirname, "..");
const FILES = 200;
const LINES = 60;
const RUNS = 5;
const HOST = "git.example.com";

export async function benchCapsule(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
  const [registryProgram, crane] = [needed("registry"), needed("crane")];
  const port = await freePort();
  const bare = path.join(folder, HOST, "team/source.git");
  const plain = path.join(folder, "package");
  await mkdir(path.dirname(bare), { recursive: true });
  await mkdir(plain);
  const commit = await writeSource(bare, plain);
  const host = await startGitHost({ projectRoot: folder, port: 0 });
  const stateDir = path.join(folder, "registry");
  const registry = await startRegistry({ program: registryProgram, stateDir, port });
  try {
    const image = await pushImage(registry.endpoint, commit);
    const env = {
      ...process.env,
      SLIPWAY_TOOLS: path.join(folder, "cache"),
      SLIPWAY_ENDPOINTS: JSON.stringify({
        [`https://${HOST}/`]: `http://127.0.0.1:${host.port}/${HOST}/`,
        "*.azurecr.io": `${registry.endpoint}/*`,
      }),
      SOURCE_TOKEN,
    };
    const program = (label: string, mode: string): Command => ({
      label,
      file: process.execPath,
      args: [path.join(root, "bench/programs/compiled.mjs"), "capsule", mode, commit, image],
      cwd: root,
      env,
    });
    const pack = program("fetch the commit, pack, write the layout", "pack");
    const tar: Command = {
      label: "tar | gzip | sha256sum",
      file: "sh",
      args: ["-c", 'tar --create --directory "$0" . | gzip | sha256sum', plain],
    };
    const title = `Packing a package of ${FILES} files`;
    printComparison(title, pack, tar, await compare(pack, tar, RUNS));
    await run(program("push", "push"));
    const verify = program("verify the capsule", "verify");
    const name = `${registry.endpoint.replace("http://", "")}/slipwaydev/app-capsule:git-${commit}`;
    const manifest: Command = {
      label: "crane manifest",
      file: crane,
      args: ["manifest", "--insecure", name],
    };
    printComparison(
      "Verifying the capsule, unsigned",
      verify,
      manifest,
      await compare(verify, manifest, RUNS),
    );
  } finally {
    await registry.close();
    await host.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function needed(name: string): string {
  const found = findTool(name);
  if (found === undefined) throw new Error(`${name} is not set up: run npm test`);
  return found;
}

/** The same files as a commit and as a folder. @returns the commit */
async function writeSource(bare: string, plain: string): Promise<string> {
  await git(["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  const names = Array.from({ length: FILES - 1 }, (_, i) => `part-${i}.yaml`);
  const files = new Map(names.map((name, i) => [name, contentOf(i)]));
  files.set("kustomization.yaml", `resources:\n${names.map((name) => `  - ${name}\n`).join("")}`);
  const lines = ["commit refs/heads/main", "committer A <a@example.com> 1782900000 +0000"];
  lines.push(data("feat: start\n"));
  for (const [name, content] of files) {
    await writeFile(path.join(plain, name), content);
    lines.push(`M 100644 inline app/deploy/${name}`, data(content));
  }
  await git(
    [`--git-dir=${bare}`, "fast-import", "--quiet", "--date-format=raw"],
    `${lines.join("\n")}\n`,
  );
  return (await git([`--git-dir=${bare}`, "rev-parse", "main"])).trim();
}

/** About 3 kB, as Kubernetes objects compress. */
function contentOf(index: number): string {
  const lines = Array.from({ length: LINES }, (_, line) => {
    const value = sha256(Buffer.from(`${index}/${line}`)).slice(-24);
    return `  key-${line}: ${line % 3 === 0 ? value : "the same value in every object"}`;
  });
  const head = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: part-${index}\ndata:\n`;
  return `${head}${lines.join("\n")}\n`;
}

async function pushImage(endpoint: string, commit: string): Promise<string> {
  const client = new RegistryClient(endpoint);
  const repository = "slipwaydev/app";
  const config = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers"}}');
  const type = "application/vnd.oci.image.config.v1+json";
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST,
      config: await client.pushBlob(repository, type, config),
      layers: [],
    }),
  );
  await client.putManifest(repository, `git-${commit}`, { mediaType: IMAGE_MANIFEST, body });
  return sha256(body);
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
