import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { BuildCommand } from "./build-command.ts";
import { TaskError } from "./errors.ts";

/** A BuildKit and how to talk to it. */
export interface BuildKitClient {
  /** The `buildctl` program. */
  buildctl: string;
  /** As for `buildctl --addr`. */
  address: string;
  /**
   * Base images by the name Dockerfiles use -> by the name under which BuildKit can pull them. Empty
   * where BuildKit knows the sandbox's registry as a mirror.
   */
  baseImages: Readonly<Record<string, string>>;
}

export interface ImageBuild {
  command: BuildCommand;
  /** `<url>#<commit>:<folder>`, as BuildKit is to reach it. */
  context: string;
  /** Sent to the context's git host, and to no other. */
  token: string | undefined;
  platform: string;
  /** `<host>:<port>/<repository>` the image goes to, without a tag; undefined to build only. */
  destination: string | undefined;
}

const TOKEN_VARIABLE = "SLIPWAY_CONTEXT_TOKEN";
const DIGEST = "containerimage.digest";

/**
 * Builds one image with BuildKit and pushes it untagged: the push step of the task names it.
 * @param output gets BuildKit's own progress, secrets not masked
 * @returns the image's digest, undefined when it was not pushed
 * @throws TaskError when the build fails; the abort reason when `signal` ends it
 */
export async function buildImage(
  client: BuildKitClient,
  build: ImageBuild,
  output: (chunk: Buffer) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "slipway-build-"));
  const metadata = join(directory, "metadata.json");
  try {
    const child = execa(client.buildctl, buildctlArguments(client, build, metadata), {
      env: {
        ...(build.token === undefined ? {} : { [TOKEN_VARIABLE]: build.token }),
        OTEL_TRACES_SAMPLER: "always_off",
      },
      stdin: "ignore",
      buffer: false,
      reject: false,
      cancelSignal: signal,
      forceKillAfterDelay: 5_000,
    });
    child.stdout.on("data", output);
    child.stderr.on("data", output);
    const result = await child;
    signal.throwIfAborted();
    if (result.exitCode === undefined) {
      throw new TaskError(`buildctl did not run to its end: ${result.originalMessage ?? "killed"}`);
    }
    const digest = await digestIn(metadata);
    // buildctl writes the file when all is done, then gives itself 50 ms to deliver its traces and
    // fails when a busy machine does not manage that (BuildKit 0.31, cmd/buildctl/common/trace.go).
    if (result.exitCode !== 0 && digest === undefined) {
      throw new TaskError(`the build failed with exit status ${result.exitCode}`);
    }
    if (build.destination === undefined) return undefined;
    if (digest === undefined) throw new TaskError("the build named no digest of its image");
    return digest;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * No attestation is asked for, so the digest is that of the image and not of an index around it.
 */
function buildctlArguments(client: BuildKitClient, build: ImageBuild, metadata: string): string[] {
  const { command } = build;
  const options: Record<string, string> = {
    context: build.context,
    filename: command.dockerfile,
    platform: build.platform,
    ...prefixed("label:", command.labels),
    ...prefixed("build-arg:", command.buildArgs),
    ...prefixed("context:", client.baseImages),
    ...(command.target === undefined ? {} : { target: command.target }),
    ...(command.noCache ? { "no-cache": "" } : {}),
  };
  const args = ["--addr", client.address, "build", "--frontend", "dockerfile.v0"];
  args.push("--progress", "plain", "--metadata-file", metadata);
  for (const [name, value] of Object.entries(options)) args.push("--opt", `${name}=${value}`);
  if (build.token !== undefined) {
    const { host } = new URL(build.context);
    args.push("--secret", `id=GIT_AUTH_TOKEN.${host},env=${TOKEN_VARIABLE}`);
  }
  if (build.destination !== undefined) {
    const pushed = "push=true,push-by-digest=true,registry.insecure=true";
    args.push("--output", `type=image,name=${build.destination},${pushed}`);
  }
  return args;
}

/** @returns undefined when the build did not get so far as to write it */
async function digestIn(metadata: string): Promise<string | undefined> {
  const written = await readFile(metadata, "utf8").catch(() => "{}");
  const digest = (JSON.parse(written) as Record<string, unknown>)[DIGEST];
  return typeof digest === "string" ? digest : undefined;
}

function prefixed(prefix: string, map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [prefix + name, value]));
}
