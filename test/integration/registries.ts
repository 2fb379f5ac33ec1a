import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as send } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { afterAll, beforeAll } from "vitest";
import { type EndpointMap, endpointMapFrom } from "../../builds/endpoints.ts";
import { startRegistry } from "../../sandbox/oci/registry.ts";
import { freePort } from "../fixtures/ports.ts";
import { tool } from "./sandbox-parts.ts";

/** A real registry on loopback, with the referrers API or without it, behind a proxy that takes notes. */
export interface TestRegistry {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  endpoints: EndpointMap;
  /** `SLIPWAY_ENDPOINTS` for it. */
  env: { SLIPWAY_ENDPOINTS: string };
  /** `<method> <path>` of every request so far. */
  requests: string[];
  /** Called before a request goes on to the registry, and after it was answered there. */
  watch(watcher: Watcher | undefined): void;
  /** Answers 403 from now on to every request that matches. */
  deny(requests: RegExp | undefined): void;
  close(): Promise<void>;
}

export type Watcher = (moment: "before" | "after", request: string) => void | Promise<void>;

/** The registry's name as on Azure. */
export const REGISTRY = "slipwaydev.azurecr.io";
/** Where its repositories are on loopback. */
export const PREFIX = "slipwaydev";

/** CNCF's registry, which has no referrers API. */
export async function startPlainRegistry(): Promise<TestRegistry & { stateDir: string }> {
  const root = await mkdtemp(join(tmpdir(), "slipway-registry-"));
  const stateDir = join(root, "registry");
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    const registry = await startRegistry({
      program: tool("registry"),
      stateDir,
      port: await freePort(),
    });
    const proxy = await watched(registry.endpoint, () => registry.close().finally(remove));
    return { ...proxy, stateDir };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** go-containerregistry's, which has it. */
export async function startReferrersRegistry(): Promise<TestRegistry> {
  const child = execa(tool("referrers-registry"), { reject: false, buffer: false });
  const [port] = await once(createInterface(child.stdout), "line");
  return watched(`http://127.0.0.1:${port}`, async () => {
    child.kill();
    await child;
  });
}

/** One of each kind while a file's tests run; to be called where these are described. */
export function bothRegistries() {
  const running: TestRegistry[] = [];
  const at = (place: number) => (): TestRegistry => {
    const registry = running[place];
    if (registry === undefined) throw new Error("no registry runs yet");
    return registry;
  };
  const [plain, referring] = [at(0), at(1)];
  beforeAll(async () => {
    running.push(await startPlainRegistry());
    running.push(await startReferrersRegistry());
  });
  afterAll(() => Promise.all(running.map((registry) => registry.close())));
  return {
    plain,
    /** For `describe.each`: what kind of registry it is, that registry, and the other one. */
    kinds: [
      ["with the referrers API", referring, plain],
      ["without the referrers API", plain, referring],
    ] as const,
  };
}

/** @param target base URL of a registry */
export async function watched(target: string, close: () => Promise<void>): Promise<TestRegistry> {
  const requests: string[] = [];
  let watcher: Watcher | undefined;
  let denied: RegExp | undefined;
  const server = createServer(async (request, response) => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    await watcher?.("before", line);
    if (denied?.test(line)) {
      response.writeHead(403).end();
      return;
    }
    // The host stays as it was asked for, so that the registry's own addresses lead back here.
    const onward = send(new URL(request.url ?? "/", target), {
      method: request.method,
      headers: request.headers,
    });
    request.pipe(onward);
    onward.once("error", () => response.destroy());
    onward.once("response", async (answer) => {
      await watcher?.("after", line);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const env = { SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": `${endpoint}/*` }) };
  return {
    endpoint,
    env,
    endpoints: endpointMapFrom(env),
    requests,
    watch(next) {
      watcher = next;
    },
    deny(next) {
      denied = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
}
