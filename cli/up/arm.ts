import { setTimeout as sleep } from "node:timers/promises";
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
} from "@azure/core-rest-pipeline";
import { connectArm } from "../../builds/azure-client.ts";
import { SlipwayError } from "../../schemas/problem.ts";

/** The parts of a resource that say whose it is and whether it is done. */
export interface ArmResource {
  id: string;
  tags?: Readonly<Record<string, string>>;
  properties?: { provisioningState?: string; metadata?: Readonly<Record<string, string>> };
}

/** Reads single resources of Azure Resource Manager. */
export interface ArmReader {
  /**
   * Waits for a resource that is still being made.
   *
   * @returns undefined when there is none of that id
   */
  read(id: string, apiVersion: string): Promise<ArmResource | undefined>;
}

const POLL_MILLISECONDS = 2_000;
const PATIENCE_MILLISECONDS = 20 * 60_000;
const FINAL = new Set(["succeeded", "failed", "canceled"]);

/** @param env variables as the azure-native provider reads them */
export async function openArm(env: NodeJS.ProcessEnv = process.env): Promise<ArmReader> {
  const { credential, endpoint, credentialScopes: scopes } = await connectArm(env);
  const pipeline = createPipelineFromOptions({});
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes }));
  const client = createDefaultHttpClient();
  const get = async (id: string, apiVersion: string): Promise<ArmResource | undefined> => {
    const url = `${endpoint}${encodeURI(id)}?api-version=${apiVersion}`;
    const response = await pipeline.sendRequest(client, createPipelineRequest({ url }));
    if (response.status === 404) return undefined;
    if (response.status === 200) return JSON.parse(response.bodyAsText ?? "") as ArmResource;
    throw new SlipwayError({
      code: "engine",
      message: `Azure answered ${response.status} to a read of ${id}: ${response.bodyAsText ?? ""}`,
    });
  };
  return {
    async read(id, apiVersion) {
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      for (;;) {
        const resource = await get(id, apiVersion);
        const state = resource?.properties?.provisioningState?.toLowerCase();
        if (state === undefined || FINAL.has(state) || Date.now() > deadline) return resource;
        await sleep(POLL_MILLISECONDS);
      }
    },
  };
}
