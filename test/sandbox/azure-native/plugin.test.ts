import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcherScript } from "../../../sandbox/azure-native/install.ts";
import { type PropertyMap, UNKNOWN } from "../../../sandbox/azure-native/values.ts";
import { PLUGIN_VERSION } from "../../../sandbox/azure-native/version.ts";

const { Kind } = proto.PropertyDiff;
type Callback<A> = (error: Error | null, answer: A) => void;

const urn = (type: string) => `urn:pulumi:dev::p::slipway:cell:Cell$azure-native:${type}::acme`;
const struct = (value: PropertyMap) => structProto.Struct.fromJavaScript(value);
const rpc = <A>(send: (callback: Callback<A>) => unknown): Promise<A> =>
  new Promise((resolve, reject) =>
    send((error, answer) => (error ? reject(error) : resolve(answer))),
  );

let folder: string;
let plugin: ChildProcess;
let client: InstanceType<typeof services.ResourceProviderClient>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "azure-native-"));
  await writeFile(join(folder, "launcher"), launcherScript(), { mode: 0o755 });
  plugin = spawn(join(folder, "launcher"), { stdio: ["ignore", "pipe", "inherit"] });
  const port = await firstLine(plugin);
  client = new services.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  plugin.kill();
  await once(plugin, "exit");
  await rm(folder, { recursive: true });
});

describe("the plugin", () => {
  it("is of the version that the SDK asks for", async () => {
    const { version } = (
      await import("@pulumi/azure-native/package.json", { with: { type: "json" } })
    ).default;
    const info = await rpc<{ getVersion(): string }>((done) =>
      client.getPluginInfo(new emptyProto.Empty(), done),
    );
    expect(info.getVersion()).toBe(version);
    expect(PLUGIN_VERSION).toBe(version);
  });

  it("supports previews and leaves secrets to the engine, as the official one", async () => {
    const request = new proto.ConfigureRequest().setArgs(struct({ location: "westeurope" }));
    const response = await rpc<messages.ConfigureResponse>((done) =>
      client.configure(request, done),
    );
    expect(response.getSupportspreview()).toBe(true);
    expect(response.getAcceptsecrets()).toBe(false);
  });

  it("names the property of a failed check in the reason, and prints no value", async () => {
    const response = await check("resources:ResourceGroup", { tagz: "hunter2" });
    const [failure] = response.getFailuresList();
    expect(failure?.getReason()).toContain("'tagz'");
    expect(failure?.getProperty()).toBe("");
  });

  it("fills in the configured location and a name, and keeps both", async () => {
    const first = inputsOf(
      await check("operationalinsights:Workspace", { resourceGroupName: "rg" }),
    );
    expect(first).toEqual({
      resourceGroupName: "rg",
      location: "westeurope",
      workspaceName: expect.stringMatching(/^acme[0-9a-f]{8}$/),
    });
    const again = await check(
      "operationalinsights:Workspace",
      { resourceGroupName: "rg" },
      first,
      "other",
    );
    expect(inputsOf(again)).toEqual(first);
  });

  it("answers a diff with paths, kinds and what replaces", async () => {
    const request = new proto.DiffRequest()
      .setUrn(urn("app:ContainerApp"))
      .setOldInputs(struct({ environmentId: "a", tags: { team: "x", gone: "1" } }))
      .setOlds(struct({}))
      .setNews(struct({ environmentId: "b", tags: { team: "y" } }));
    const response = await rpc<messages.DiffResponse>((done) => client.diff(request, done));
    expect(response.getReplacesList()).toEqual(["environmentId"]);
    expect(response.getDeletebeforereplace()).toBe(true);
    expect(kindOf(response, "environmentId")).toBe(Kind.UPDATE_REPLACE);
    expect(kindOf(response, "tags.team")).toBe(Kind.UPDATE);
    expect(kindOf(response, "tags.gone")).toBe(Kind.DELETE);
  });

  it("previews a create with its inputs known and the rest unknown, without Azure", async () => {
    const request = new proto.CreateRequest()
      .setUrn(urn("app:ManagedEnvironment"))
      .setProperties(struct({ resourceGroupName: "rg", environmentName: "e", tags: { a: "b" } }))
      .setPreview(true);
    const response = await rpc<messages.CreateResponse>((done) => client.create(request, done));
    const outputs = response.getProperties()?.toJavaScript();
    expect(outputs).toMatchObject({ tags: { a: "b" }, defaultDomain: UNKNOWN, name: UNKNOWN });
    expect(outputs).not.toHaveProperty("environmentName");
  });

  it("previews an update with what can't change", async () => {
    const request = new proto.UpdateRequest()
      .setUrn(urn("app:ManagedEnvironment"))
      .setOlds(struct({ name: "e", location: "westeurope", defaultDomain: "d.example" }))
      .setNews(struct({ tags: { a: "c" } }))
      .setPreview(true);
    const response = await rpc<messages.UpdateResponse>((done) => client.update(request, done));
    expect(response.getProperties()?.toJavaScript()).toMatchObject({
      name: "e",
      location: "westeurope",
      tags: { a: "c" },
      defaultDomain: UNKNOWN,
    });
  });

  it("says which type or function it does not have", async () => {
    await expect(check("web:WebApp", {})).rejects.toThrow("azure-native:web:WebApp");
    const request = new proto.InvokeRequest().setTok("azure-native:web:listKeys");
    await expect(rpc((done) => client.invoke(request, done))).rejects.toThrow(
      "azure-native:web:listKeys",
    );
  });

  it("ends when the engine that started it is killed", async () => {
    const launcher = join(folder, "launcher");
    const start = `require("child_process").spawn(${JSON.stringify(launcher)}, { stdio: "inherit" })`;
    const engine = spawn(process.execPath, ["-e", `console.log(${start}.pid)`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = Number(await firstLine(engine));
    expect(isAlive(pid)).toBe(true);
    // The plugin holds the pipe's other end too, so the pipe ends only when the plugin has.
    const pipe = engine.stdout?.resume();
    const closed = once(engine, "close");
    engine.kill("SIGKILL");
    await closed;
    expect(pipe?.readableEnded).toBe(true);
  });
});

function check(type: string, news: PropertyMap, olds: PropertyMap = {}, seed = "seed") {
  const request = new proto.CheckRequest()
    .setUrn(urn(type))
    .setNews(struct(news))
    .setOlds(struct(olds))
    .setRandomseed(Buffer.from(seed));
  return rpc<messages.CheckResponse>((done) => client.check(request, done));
}

function inputsOf(response: messages.CheckResponse): PropertyMap {
  expect(response.getFailuresList()).toEqual([]);
  return response.getInputs()?.toJavaScript() as PropertyMap;
}

function kindOf(response: messages.DiffResponse, path: string): number | undefined {
  return response.getDetaileddiffMap().get(path)?.getKind();
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("the process has no output");
  const lines = createInterface(child.stdout);
  const [line] = await once(lines, "line");
  lines.close();
  return line as string;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
