/** A source whose image is cross-compiled, and the base image with the Go toolchain that it asks for. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { git } from "../../sandbox/git/git-process.ts";
import { BASE_REPOSITORY, BASE_TAGS } from "../../sandbox/oci/base-image.ts";
import { type LayerFile, treeFiles } from "../../sandbox/oci/host-files.ts";
import { packLayer } from "../../sandbox/oci/layer.ts";
import { IMAGE_MANIFEST, RegistryClient } from "../../sandbox/oci/registry-client.ts";
import { onPath } from "../../tools/find.mjs";

/** Undefined where there is none. */
export const GO = onPath("go");
export const CROSS_URL = "https://git.example.com/platform/crossed.git";

const GOROOT = "/usr/local/go";
const DOCKERFILE = `FROM --platform=$BUILDPLATFORM node:go AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY go.mod main.go ./
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -o /service .
FROM scratch
COPY --from=build /service /service
ENTRYPOINT ["/service"]
`;
const FILES = {
  Dockerfile: DOCKERFILE,
  "go.mod": "module example.com/crossed\n\ngo 1.21\n",
  "main.go": 'package main\n\nfunc main() { println("crossed") }\n',
};

/** @returns the one commit of the repository, whose folder `service` has the Dockerfile */
export async function writeCrossRepository(gitRoot: string): Promise<string> {
  const bare = join(gitRoot, new URL(CROSS_URL).host, new URL(CROSS_URL).pathname);
  await mkdir(dirname(bare), { recursive: true });
  await git(["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  const work = await mkdtemp(join(gitRoot, "work-"));
  try {
    await mkdir(join(work, "service"));
    for (const [name, content] of Object.entries(FILES)) {
      await writeFile(join(work, "service", name), content);
    }
    const inBare = [`--git-dir=${bare}`, `--work-tree=${work}`];
    await git([...inBare, "add", "--all"]);
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    await git([...inBare, ...who, "commit", "--quiet", "--message=feat: start"]);
    return (await git([...inBare, "rev-parse", "HEAD"])).trim();
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The slim base image with the host's Go, as far as a program without imports needs it. */
export async function pushGoImage(endpoint: string): Promise<void> {
  const client = new RegistryClient(endpoint);
  const slim = await client.getManifest(BASE_REPOSITORY, BASE_TAGS.slim);
  const manifest: { config: { digest: string }; layers: object[] } = JSON.parse(
    slim.body.toString("utf8"),
  );
  const url = `${endpoint}/v2/${BASE_REPOSITORY}/blobs/${manifest.config.digest}`;
  const config: {
    config: { Env: string[] };
    rootfs: { diff_ids: string[] };
    history?: unknown;
  } = JSON.parse(await (await fetch(url)).text());
  const layer = await packLayer(await toolchain());
  const { history: _, ...rest } = config;
  const content = {
    ...rest,
    config: {
      ...config.config,
      Env: [
        `PATH=${GOROOT}/bin:/usr/local/bin:/usr/bin:/bin`,
        ...["HOME=/tmp", "GOTOOLCHAIN=local", "GOPROXY=off", `GOROOT=${GOROOT}`],
      ],
    },
    rootfs: { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, layer.diffId] },
  };
  const push = (type: string, blob: Buffer) => client.pushBlob(BASE_REPOSITORY, type, blob);
  const body = JSON.stringify({
    ...manifest,
    config: await push(
      "application/vnd.oci.image.config.v1+json",
      Buffer.from(JSON.stringify(content)),
    ),
    layers: [
      ...manifest.layers,
      await push("application/vnd.oci.image.layer.v1.tar+gzip", layer.blob),
    ],
  });
  const stored = { mediaType: IMAGE_MANIFEST, body: Buffer.from(body) };
  await client.putManifest(BASE_REPOSITORY, "go", stored);
}

async function toolchain(): Promise<LayerFile[]> {
  const go = async (args: string[], env: Record<string, string> = {}) =>
    (await execa(GO ?? "", args, { env })).stdout.trim();
  const root = await go(["env", "GOROOT"]);
  const list = ["list", "-deps", "-f", "{{.Dir}}", "runtime"];
  const packages = await Promise.all(
    ["amd64", "arm64"].map((GOARCH) => go(list, { GOOS: "linux", GOARCH })),
  );
  const folders = new Set([
    join(root, "pkg/include"),
    ...packages.flatMap((one) => one.split("\n")),
  ]);
  const files = (await Promise.all([...folders].map(treeFiles))).flat();
  const tools = await go(["env", "GOTOOLDIR"]);
  const single = [
    ...["bin/go", "go.env", "VERSION", "src/go.mod"].map((name) => join(root, name)),
    ...["asm", "compile", "link"].map((name) => join(tools, name)),
  ];
  for (const path of single) files.push({ path, mode: 0o755, content: await readFile(path) });
  // A folder is within another one's.
  const unique = new Map(files.map((file) => [file.path, file]));
  return [...unique.values()].map((file) => ({
    ...file,
    path: GOROOT + file.path.slice(root.length),
  }));
}
