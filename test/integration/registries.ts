import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { type EndpointMap, endpointMapFrom } from "../../builds/endpoints.ts";
import { startRegistry } from "../../sandbox/oci/registry.ts";
import { freePort, tool } from "./sandbox-parts.ts";

/** A real registry on loopback, with the referrers API or without it. */
export interface TestRegistry {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  endpoints: EndpointMap;
  /** `SLIPWAY_ENDPOINTS` for it. */
  env: { SLIPWAY_ENDPOINTS: string };
  close(): Promise<void>;
}

/** go-containerregistry's, whose requests can be read. */
export interface ReferrersRegistry extends TestRegistry {
  /** `<method> <path>` of every request so far. */
  requests: string[];
}

/** `azurecr` names of both kinds are served as on the sandbox's registry. */
export const REGISTRY = "slipwaydev.azurecr.io";
/** Where `REGISTRY`'s repositories are on the loopback registry. */
export const PREFIX = "slipwaydev";

export async function startPlainRegistry(): Promise<TestRegistry> {
  const root = await mkdtemp(join(tmpdir(), "slipway-registry-"));
  const { endpoint, close } = await startRegistry({
    program: tool("registry"),
    stateDir: join(root, "registry"),
    port: await freePort(),
  });
  return {
    ...mapped(endpoint),
    async close() {
      await close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export async function startReferrersRegistry(): Promise<ReferrersRegistry> {
  const child = execa(tool("referrers-registry"), { reject: false, buffer: false });
  const requests: string[] = [];
  createInterface(child.stderr).on("line", (line) => requests.push(line));
  const [port] = await once(createInterface(child.stdout), "line");
  return {
    ...mapped(`http://127.0.0.1:${port}`),
    requests,
    async close() {
      child.kill();
      await child;
    },
  };
}

function mapped(endpoint: string) {
  const env = { SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": `${endpoint}/*` }) };
  return { endpoint, env, endpoints: endpointMapFrom(env) };
}
