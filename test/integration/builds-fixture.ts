import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { runArgs } from "../../builds/run.ts";
import { TASK_TIMEOUT_SECONDS, taskPlatform, taskYaml } from "../../builds/task.ts";
import type { BuildPlan, ComponentBuildPlan } from "../../config/plan-types.ts";
import { IDENTITY_PATH } from "../../sandbox/arm/http/tokenRoutes.ts";
import {
  SANDBOX_TENANT_ID,
  type TaskRunner,
  type TaskRunRequest,
  type TaskRunResult,
} from "../../sandbox/contract.ts";
import type { SampleTag } from "../../sandbox/git/samples.ts";
import { RegistryClient } from "../../sandbox/oci/registry-client.ts";
import { type Fixture, GROUP, startFixture, withGroup } from "../sandbox/arm/fixture.ts";
import { startPlainRegistry } from "./registries.ts";

export const REGISTRY_NAME = "slipwaydev";
export const REGISTRY_ID = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/${REGISTRY_NAME}`;
const TASKS_VERSION = "2019-06-01-preview";
const URN = "urn:pulumi:dev::slipway::slipway:acr:Run::run";
const PLUGIN = fileURLToPath(
  new URL("../../builds/plugin/pulumi-resource-slipway", import.meta.url),
);

export interface CreatedRun {
  id: string;
  outs: Record<string, unknown>;
}

/** The plugin as its own process, started as the engine does, from a folder that is not the project's. */
export interface RunningPlugin {
  pid: number;
  check(inputs: object): Promise<{ property: string; reason: string }[]>;
  diff(state: object, inputs: object): Promise<{ changes: boolean; replaces: string[] }>;
  create(inputs: object): Promise<CreatedRun>;
  read(id: string, state: object): Promise<CreatedRun>;
  cancel(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

type Method = "check" | "diff" | "create" | "read" | "cancel";
type UnaryCall<Q, A> = (request: Q, done: (error: Error | null, answer: A) => void) => void;

export async function startPlugin(env: Record<string, string>): Promise<RunningPlugin> {
  const child = spawn(PLUGIN, ["127.0.0.1:1"], {
    cwd: "/",
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await firstLine(child);
  const client = new providerGrpc.ResourceProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
  );
  const call = <Q, A>(method: Method, request: Q): Promise<A> =>
    new Promise((resolve, reject) => {
      const send = client[method].bind(client) as unknown as UnaryCall<Q, A>;
      send(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  const bag = (value: object) => struct.Struct.fromJavaScript(value as never);
  const result = (answer: { getId(): string; getProperties(): struct.Struct | undefined }) => ({
    id: answer.getId(),
    outs: (answer.getProperties()?.toJavaScript() ?? {}) as Record<string, unknown>,
  });
  return {
    pid: child.pid ?? 0,
    async check(inputs) {
      const request = new proto.CheckRequest().setUrn(URN).setOlds(bag({})).setNews(bag(inputs));
      const answer: proto.CheckResponse = await call("check", request);
      return answer.getFailuresList().map((one) => one.toObject());
    },
    async diff(state, inputs) {
      const request = new proto.DiffRequest().setUrn(URN).setId("x");
      request.setOlds(bag(state)).setNews(bag(inputs));
      const answer: proto.DiffResponse = await call("diff", request);
      return {
        changes: answer.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME,
        replaces: answer.getReplacesList(),
      };
    },
    async create(inputs) {
      const request = new proto.CreateRequest().setUrn(URN).setProperties(bag(inputs));
      return result(await call("create", request));
    },
    async read(id, state) {
      const request = new proto.ReadRequest().setUrn(URN).setId(id).setProperties(bag(state));
      return result(await call("read", request));
    },
    cancel: () => call("cancel", new empty.Empty()),
    async kill(signal = "SIGTERM") {
      client.close();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await gone;
    },
  };
}

/** What the plugin is told of the sandbox, as `sandbox env` would. */
export async function pluginEnv(
  fixture: Fixture,
  registryEndpoint: string,
): Promise<Record<string, string>> {
  const certificate = join(fixture.stateDir, "ca.pem");
  await writeFile(certificate, fixture.tls.cert);
  return {
    NODE_EXTRA_CA_CERTS: certificate,
    ARM_METADATA_HOSTNAME: `localhost:${fixture.ports.arm}`,
    ARM_TENANT_ID: SANDBOX_TENANT_ID,
    ARM_USE_MSI: "true",
    IDENTITY_ENDPOINT: `http://127.0.0.1:${fixture.ports.identity}${IDENTITY_PATH}`,
    IDENTITY_HEADER: fixture.arm.identityHeader,
    SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": `${registryEndpoint}/*` }),
  };
}

/** ARM with a task in it, and a registry that its runs push to. */
export interface RunWorld {
  fixture: Fixture;
  /** Of the registry. */
  endpoint: string;
  /** For the plugin. */
  env: Record<string, string>;
  /** Ends every run at once with what its task would push. */
  pusher: TaskRunner;
  close(): Promise<void>;
}

export async function startRunWorld(): Promise<RunWorld> {
  const registry = await startPlainRegistry();
  const fixture = await startFixture();
  await withTask(fixture);
  return {
    fixture,
    endpoint: registry.endpoint,
    env: await pluginEnv(fixture, registry.endpoint),
    pusher: { run: (request) => pushAsTask(registry.endpoint, request) },
    async close() {
      await fixture.stop();
      await registry.close();
    },
  };
}

export const component: ComponentBuildPlan = {
  component: "orbit-webapp",
  image: "orbit-webapp",
  dockerfile: "Dockerfile",
  platforms: ["linux/amd64"],
  buildArgs: {},
  repository: "platform",
  runs: [],
};

/** A build of a made-up commit; no two of one test file are the same. */
export function buildOf(version: string, change: Partial<BuildPlan> = {}): BuildPlan {
  const commit = createHash("sha1").update(version).digest("hex");
  const source = "https://git.example.com/platform/platform.git";
  return {
    release: `orbit-webapp@${version}`,
    component: "orbit-webapp",
    version,
    commit,
    context: `${source}#${commit}:services/orbit-webapp`,
    source,
    created: "2026-07-06T00:00:00Z",
    latest: false,
    ...change,
  };
}

/** The build of a sample tag. */
export function buildOfTag({
  component,
  version,
  commit,
  date,
  repository,
  path,
}: SampleTag): BuildPlan {
  const source = `https://git.example.com/${repository}.git`;
  return {
    release: `${component}@${version}`,
    component,
    version,
    commit,
    context: `${source}#${commit}:${path}`,
    source,
    created: `${date}T00:00:00Z`,
    latest: false,
  };
}

export function inputsOf(build: BuildPlan): Record<string, unknown> {
  return { ...runArgs(component, build, { registryId: REGISTRY_ID, taskName: "orbit-webapp" }) };
}

/** Group, registry and task. */
export async function withTask(fixture: Fixture, token = "sandbox-source-token"): Promise<void> {
  await withGroup(fixture);
  await fixture.settle(
    "PUT",
    REGISTRY_ID,
    { location: "westeurope", sku: { name: "Basic" } },
    "2023-01-01-preview",
  );
  const body = {
    location: "westeurope",
    properties: {
      status: "Enabled",
      timeout: TASK_TIMEOUT_SECONDS,
      platform: taskPlatform(component),
      step: {
        type: "EncodedTask",
        encodedTaskContent: Buffer.from(taskYaml(component)).toString("base64"),
        contextAccessToken: token,
      },
    },
  };
  const answer = await fixture.settle(
    "PUT",
    `${REGISTRY_ID}/tasks/orbit-webapp`,
    body,
    TASKS_VERSION,
  );
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
}

/** Requests to schedule a run that took effect, from the request log. */
export function scheduledRuns(fixture: Fixture): number {
  const lines = readFileSync(join(fixture.stateDir, "requests.jsonl"), "utf8").trim().split("\n");
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ id, status, applied }) => /\/scheduleRun$/i.test(id) && (applied ?? status < 300))
    .length;
}

/** An image as a run of the task would leave it, without a build. */
export async function pushImage(
  endpoint: string,
  image: { tags: readonly string[]; labels: Record<string, string> },
): Promise<string> {
  const registry = new RegistryClient(endpoint);
  const repository = `${REGISTRY_NAME}/orbit-webapp`;
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", config: { Labels: image.labels } }),
  );
  const type = "application/vnd.oci.image.config.v1+json";
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: await registry.pushBlob(repository, type, config),
      layers: [],
    }),
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  let digest = "";
  for (const tag of image.tags) {
    digest = await registry.putManifest(repository, tag, { mediaType, body: manifest });
  }
  return digest;
}

/** Does what the task says, short of building: pushes a labelled image under the task's tags. */
export async function pushAsTask(
  endpoint: string,
  request: TaskRunRequest,
): Promise<Extract<TaskRunResult, object>> {
  const values = Object.fromEntries(request.values.map(({ name, value }) => [name, value]));
  const commitTag = `git-${values.commit}`;
  const tags = [...new Set([values.version ?? "", values.alias ?? "", commitTag])];
  const digest = await pushImage(endpoint, {
    tags,
    labels: {
      "org.opencontainers.image.version": values.version ?? "",
      "org.opencontainers.image.revision": values.commit ?? "",
    },
  });
  const registry = request.loginServer;
  const repository = "orbit-webapp";
  const outputImages = tags.map((tag) => ({ registry, repository, tag, digest }));
  return { status: "Succeeded", outputImages };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the plugin ended with ${code}`)));
    if (child.stdout !== null) createInterface(child.stdout).once("line", resolve);
  });
}
