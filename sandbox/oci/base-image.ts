import { join } from "node:path";
import { execa } from "execa";
import { findProgram, isReadable, type LayerFile, programFiles, treeFiles } from "./host-files.ts";
import { type Layer, packLayer } from "./layer.ts";
import { IMAGE_MANIFEST, RegistryClient } from "./registry-client.ts";

/** The base images that sample Dockerfiles name, as the registry holds them for `docker.io`. */
export const BASE_REPOSITORY = "library/node";
/** Like the official images: the full one has git, the slim one has not. */
export const BASE_TAGS = { slim: "20-slim", full: "20" };

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ARCHITECTURES: Record<string, string> = { x64: "amd64", arm64: "arm64" };
const GZIP_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
/** What a start script or a simple RUN line calls; those the host lacks are left out. */
const UTILITIES = [
  ...["cat", "chmod", "chown", "cp", "cut", "date", "dirname", "basename", "echo", "env", "find"],
  ...["grep", "head", "id", "ln", "ls", "mkdir", "mktemp", "mv", "printf", "pwd", "rm", "rmdir"],
  ...["sed", "sleep", "sort", "tail", "test", "touch", "tr", "true", "uname", "wc", "xargs"],
];
const CA_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
const ETC: Record<string, string> = {
  passwd: "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n",
  group: "root:x:0:\nnode:x:1000:\n",
  "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  "os-release": 'ID=sandbox\nNAME="Sandbox base image"\n',
};

/**
 * Puts the base images into the registry unless they are there. They are made of the host's own
 * node, shell and git with their libraries: nothing is downloaded.
 * @param endpoint of the registry
 * @returns digests of the slim and the full image
 * @throws on hosts whose programs do not run in a Linux container
 */
export async function ensureBaseImages(endpoint: string): Promise<{ slim: string; full: string }> {
  const client = new RegistryClient(endpoint);
  const slim = await client.headManifest(BASE_REPOSITORY, BASE_TAGS.slim);
  const full = await client.headManifest(BASE_REPOSITORY, BASE_TAGS.full);
  if (slim !== undefined && full !== undefined) return { slim, full };
  if (process.platform !== "linux") {
    throw new Error(
      `the sandbox's base image is made of the host's programs and needs Linux, got ${process.platform}`,
    );
  }
  const base = await packLayer(await baseFiles(), { "/tmp": 0o1777, "/root": 0o700 });
  const git = await packLayer(await gitFiles());
  return {
    slim: await pushImage(client, BASE_TAGS.slim, [base]),
    full: await pushImage(client, BASE_TAGS.full, [base, git]),
  };
}

async function baseFiles(): Promise<LayerFile[]> {
  const files = await programFiles(process.execPath, "/usr/local/bin/node");
  files.push(...(await programFiles("/bin/sh", "/bin/sh")));
  for (const name of UTILITIES) {
    const program = await findProgram(name);
    if (program !== undefined) files.push(...(await programFiles(program, `/usr/bin/${name}`)));
  }
  for (const [name, text] of Object.entries(ETC)) {
    files.push({ path: `/etc/${name}`, mode: 0o644, content: Buffer.from(text) });
  }
  return files;
}

/** git as far as cloning, fetching and pushing over http and https needs it. */
async function gitFiles(): Promise<LayerFile[]> {
  const program = await findProgram("git");
  if (program === undefined) throw new Error("git is not on PATH");
  const { stdout: execPath } = await execa(program, ["--exec-path"]);
  const remote = join(execPath, "git-remote-http");
  const files = [...(await programFiles(program, "/usr/bin/git"))];
  files.push(...(await programFiles(remote, remote)));
  files.push({ path: join(execPath, "git-remote-https"), mode: 0o777, target: "git-remote-http" });
  const templates = "/usr/share/git-core/templates";
  if (await isReadable(templates)) files.push(...(await treeFiles(templates)));
  for (const bundle of CA_BUNDLES) {
    if (!(await isReadable(bundle))) continue;
    const [certificates] = await programFiles(bundle, "/etc/ssl/certs/ca-certificates.crt");
    if (certificates !== undefined) files.push({ ...certificates, mode: 0o644 });
    break;
  }
  return files;
}

async function pushImage(client: RegistryClient, tag: string, layers: Layer[]): Promise<string> {
  const config = {
    created: "1970-01-01T00:00:00Z",
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: "linux",
    config: {
      Env: [`PATH=${PATH}`, `NODE_VERSION=${process.versions.node}`],
      Cmd: ["node"],
      WorkingDir: "/",
    },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created: "1970-01-01T00:00:00Z", created_by: "sandbox" })),
  };
  const blobs = [];
  for (const { blob } of layers) {
    blobs.push(await client.pushBlob(BASE_REPOSITORY, GZIP_LAYER, blob));
  }
  const content = Buffer.from(JSON.stringify(config));
  const manifest = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: await client.pushBlob(BASE_REPOSITORY, IMAGE_CONFIG, content),
    layers: blobs,
  };
  const body = Buffer.from(JSON.stringify(manifest));
  return client.putManifest(BASE_REPOSITORY, tag, { mediaType: IMAGE_MANIFEST, body });
}
