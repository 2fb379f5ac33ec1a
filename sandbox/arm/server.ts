import { mkdirSync } from "node:fs";
import Fastify, { type FastifyInstance } from "fastify";
import type { ArmOptions, RunningArm } from "../contract.ts";
import { createDispatcher } from "./core/dispatch.ts";
import { createFaults } from "./core/faults.ts";
import { createOperations } from "./core/operations.ts";
import { envelope } from "./core/records.ts";
import { openRequestLog } from "./core/requestLog.ts";
import type { ResourceType, Services } from "./core/resourceType.ts";
import { defaultSettings } from "./core/settings.ts";
import { openStore } from "./core/store.ts";
import { createThrottle } from "./core/throttle.ts";
import { openVault } from "./core/vault.ts";
import { addControlRoutes } from "./http/controlRoutes.ts";
import { exchange, refuseUnreadable } from "./http/exchange.ts";
import { addLogRoutes } from "./http/logRoutes.ts";
import type { OpenAnswer } from "./http/strike.ts";
import { addIdentityRoute, addTokenRoutes } from "./http/tokenRoutes.ts";
import { createTokens } from "./http/tokens.ts";
import { defineOperations, resourceTypes } from "./providers/catalogue.ts";
import { createRunQueue } from "./providers/containerRegistry/runQueue.ts";

const LOOPBACK = "127.0.0.1";
const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * Starts the offline Azure Resource Manager on loopback: HTTPS on `ports.arm` for resources, tokens,
 * cloud metadata and the control surface, HTTP on `ports.identity` for managed identity.
 * Operations that a crash left unfinished are carried on; task runs are ended as `Error`.
 * @throws Error when a port is taken or the state cannot be opened
 */
export async function startArm(options: ArmOptions): Promise<RunningArm> {
  const { stateDir, ports, tls } = options;
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const endpoint = `https://localhost:${ports.arm}`;
  const store = openStore(stateDir);
  const vault = openVault(stateDir);
  const tokens = createTokens(vault, endpoint);
  const log = openRequestLog(stateDir);
  const faults = createFaults();
  let settings = defaultSettings();
  const operations = createOperations(store, () => settings);
  const queue = createRunQueue(store, options.runner, stateDir);
  const types = resourceTypes(queue);
  const services = createServices(types, {
    store,
    vault,
    operations,
    images: options.images,
    settings: () => settings,
    endpoint,
  });
  defineOperations(services);
  const dispatcher = createDispatcher(types, services);
  const open = new Set<OpenAnswer>();
  const throttle = createThrottle();
  const context = { services, types, dispatcher, faults, throttle, tokens, log, open };

  const server = Fastify({
    https: tls,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
  });
  acceptEmptyJson(server);
  addTokenRoutes(server, tokens, endpoint);
  addLogRoutes(server, services, stateDir);
  addControlRoutes(server, {
    faults,
    log,
    open,
    tokens,
    settings: {
      get: () => settings,
      set(next) {
        settings = next;
      },
    },
  });
  server.route({
    method: ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"],
    url: "/*",
    handler: (request, reply) => exchange(context, request, reply),
  });
  server.setErrorHandler((error, request, reply) =>
    refuseUnreadable(context, error, request, reply),
  );
  const identity = Fastify({ forceCloseConnections: true });
  addIdentityRoute(identity, tokens);

  const close = async () => {
    operations.close();
    queue.close();
    await Promise.all([server.close(), identity.close()]);
    await Promise.all([...open].map((answer) => answer.recorded));
    await store.close();
  };
  try {
    await server.listen({ host: LOOPBACK, port: ports.arm });
    await identity.listen({ host: LOOPBACK, port: ports.identity });
  } catch (error) {
    await close();
    throw error;
  }
  queue.abandonUnfinished();
  operations.resume();
  return { endpoint, identityHeader: tokens.secret, close };
}

/** Clients send `Content-Type: application/json` with POST and DELETE that have no body. */
function acceptEmptyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser("error", "error");
  server.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    (request, body: string, done) => {
      if (body === "") done(null, undefined);
      else void parse(request, body, done);
    },
  );
}

function createServices(
  types: readonly ResourceType[],
  parts: Omit<Services, "removeTree" | "view">,
): Services {
  const byName = new Map(types.map((type) => [type.type, type]));
  const services: Services = {
    ...parts,
    removeTree(record) {
      for (const gone of [...parts.store.under(`${record.id}/`), record]) {
        byName.get(gone.type)?.onRemoved?.(gone, services);
        parts.store.remove(gone.id);
      }
    },
    view: (record) => byName.get(record.type)?.view?.(record, services) ?? envelope(record),
  };
  return services;
}
