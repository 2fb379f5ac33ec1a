import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Services } from "../core/resourceType.ts";
import { LOG_PREFIX, logFile, signedLog } from "../providers/containerRegistry/runLogs.ts";
import { RUN_TYPE, UNFINISHED } from "../providers/containerRegistry/runs.ts";

/** Logs of runs, as blob storage serves them: HEAD, Range, and metadata that says whether it is whole. */
export function addLogRoutes(server: FastifyInstance, services: Services, stateDir: string): void {
  server.route({
    method: ["GET", "HEAD"],
    url: `${LOG_PREFIX}*`,
    handler: async (request, reply) => {
      const url = new URL(request.url, services.endpoint);
      const log = signedLog(services, url.pathname, url.searchParams);
      if (log === undefined) {
        const body = "<Error><Code>AuthenticationFailed</Code></Error>";
        return reply.code(403).type("application/xml").send(body);
      }
      const complete = completion(services, log);
      if (complete !== undefined) void reply.header("x-ms-meta-complete", complete);
      return sendFile(logFile(stateDir, log.registry, log.runId), request, reply);
    },
  });
}

function sendFile(file: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const size = existsSync(file) ? statSync(file).size : 0;
  const range = rangeOf(request.headers["x-ms-range"] ?? request.headers.range, size);
  void reply.headers({
    "x-ms-blob-type": "AppendBlob",
    "x-ms-version": "2021-08-06",
    "accept-ranges": "bytes",
    etag: `"0x${size.toString(16)}"`,
    "last-modified": new Date(existsSync(file) ? statSync(file).mtimeMs : 0).toUTCString(),
    "content-type": "text/plain; charset=utf-8",
  });
  if (range === "unsatisfiable") {
    return reply.code(416).header("content-range", `bytes */${size}`).send("");
  }
  const { from, to } = range ?? { from: 0, to: size - 1 };
  const length = Math.max(0, to - from + 1);
  if (range !== undefined)
    void reply.code(206).header("content-range", `bytes ${from}-${to}/${size}`);
  void reply.header("content-length", length);
  return reply.send(request.method === "HEAD" ? "" : read(file, from, length));
}

function read(file: string, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (length === 0) return bytes;
  const handle = openSync(file, "r");
  try {
    readSync(handle, bytes, 0, length, from);
  } finally {
    closeSync(handle);
  }
  return bytes;
}

function rangeOf(
  header: string | string[] | undefined,
  size: number,
): { from: number; to: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(String(header ?? ""));
  if (match === null) return undefined;
  const from = Number(match[1]);
  const to = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  return from >= size || to < from ? "unsatisfiable" : { from, to };
}

/** `Complete` is what clients wait for; its value says how the run ended. */
function completion(
  services: Services,
  { registry, runId }: { registry: string; runId: string },
): string | undefined {
  const owner = services.store.nameOwner("registries", registry);
  const run = services.store.get(`${owner ?? ""}/runs/${runId}`);
  if (run?.type !== RUN_TYPE) return undefined;
  const status = String(run.properties.status);
  if (UNFINISHED.includes(status)) return undefined;
  return status === "Succeeded" ? "successful" : status.toLowerCase();
}
