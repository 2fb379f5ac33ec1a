import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { maskToken } from "../../builds/git-environment.ts";
import { imageLabels } from "../../builds/image.ts";
import { lastLines } from "../../builds/log.ts";
import { releaseTool } from "../../builds/tool.ts";
import type { BuildPlan } from "../../config/plan-types.ts";
import type { Component } from "../../registry/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { findBuildKit } from "../../tools/find.mjs";
import type { Store } from "./manifest.ts";

export interface ImageBuildRequest {
  component: Component;
  build: BuildPlan;
  /** `build.context`, as BuildKit is to reach it. */
  context: string;
  /** Sent to the context's git host, and to no other. */
  token: string | undefined;
  platforms: readonly string[];
  /** Empty; the image is put there. */
  folder: string;
  env: Readonly<Record<string, string | undefined>>;
}

const TOKEN_VARIABLE = "SLIPWAY_CONTEXT_TOKEN";
const LOG_LINES = 10;

/**
 * Builds a release's image anew, nothing taken from BuildKit's cache and nothing pushed: the same
 * context, Dockerfile, arguments and labels as the build of the release had.
 *
 * @returns where it is, and its digest (`sha256:<hex>`)
 * @throws SlipwayError `tool-missing`; `build-failed` with the end of BuildKit's log
 */
export async function buildImage(
  request: ImageBuildRequest,
): Promise<{ store: Store; digest: string }> {
  const { build, folder, token, env } = request;
  const program = releaseTool("buildctl");
  const { exitCode, all } = await execa(program, buildctlArguments(request), {
    env: { ...env, ...(token === undefined ? {} : { [TOKEN_VARIABLE]: token }) },
    extendEnv: false,
    stdin: "ignore",
    all: true,
    reject: false,
  });
  const digest = await digestIn(folder);
  // It can fail after it has written everything: it gives itself 50 ms to deliver its traces.
  if (digest !== undefined) return { store: layoutAt(folder), digest };
  const lines = lastLines(maskToken(all ?? "", token), LOG_LINES).join(" | ");
  throw new SlipwayError({
    code: "build-failed",
    message: `${build.release}: buildctl ended with ${exitCode ?? "a signal"}, expected an image; its last lines: ${lines}`,
  });
}

function buildctlArguments(request: ImageBuildRequest): string[] {
  const { component, build, context, token, platforms, folder, env } = request;
  const options: Record<string, string> = {
    context,
    filename: component.dockerfile,
    platform: platforms.join(","),
    ...prefixed("label:", imageLabels(build)),
    ...prefixed("build-arg:", component.buildArgs),
    ...prefixed("context:", baseImagesFrom(env)),
  };
  const args = [`--addr=${addressOf(env)}`, "build", "--frontend=dockerfile.v0", "--no-cache"];
  args.push("--progress=plain", `--output=type=oci,tar=false,dest=${folder}`);
  for (const [name, value] of Object.entries(options)) args.push(`--opt=${name}=${value}`);
  if (token !== undefined) {
    args.push(`--secret=id=GIT_AUTH_TOKEN.${new URL(context).host},env=${TOKEN_VARIABLE}`);
  }
  return args;
}

/**
 * Where a BuildKit that cannot pull base images under their names finds them, as the sandbox says for
 * one that is not its own.
 *
 * @example `{"node:20-slim":"docker-image://127.0.0.1:5000/library/node:20-slim"}`
 */
function baseImagesFrom({ SLIPWAY_BASE_IMAGES: text = "" }: ImageBuildRequest["env"]) {
  if (text === "") return {};
  const images = parseJson(text);
  if (isTexts(images)) return images;
  throw new SlipwayError({
    code: "endpoint-map",
    message: `SLIPWAY_BASE_IMAGES is ${text}, expected a JSON object of build contexts by the name of an image; correct or unset it`,
  });
}

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((entry) => typeof entry === "string")
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function addressOf({ BUILDKIT_HOST }: ImageBuildRequest["env"]): string {
  const address = BUILDKIT_HOST || findBuildKit()?.address;
  if (address !== undefined) return address;
  throw new SlipwayError({
    code: "tool-missing",
    message:
      "found no BuildKit to build with, expected its address in BUILDKIT_HOST; start one, or take the sandbox's from `slipway sandbox env`, then run the command again",
  });
}

/** @returns undefined when the build did not get so far as to write it */
async function digestIn(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "index.json"), "utf8").catch(() => "{}");
  const { manifests } = JSON.parse(text) as { manifests?: { digest?: string }[] };
  return manifests?.[0]?.digest;
}

function layoutAt(folder: string): Store {
  const file = (digest: string) => join(folder, "blobs", ...digest.split(":"));
  return {
    manifest: async (digest) => JSON.parse(await readFile(file(digest), "utf8")),
    openBlob: async (digest) => createReadStream(file(digest)),
  };
}

function prefixed(prefix: string, map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [prefix + name, value]));
}
