import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { gitEnvironment } from "./git-process.ts";

/** The password for the sample source repositories; any user name goes with it. */
export const SOURCE_TOKEN = "sandbox-source-token";
/** The password for the sample customer repositories. */
export const CUSTOMER_TOKEN = "sandbox-customer-token";

export interface GitHostOptions {
  /** Folder with `<host>/<path>.git` bare repositories. */
  projectRoot: string;
  /** 0 takes a free port. */
  port: number;
}

export interface RunningGitHost {
  port: number;
  close(): Promise<void>;
}

interface GitRequest {
  /** `<host>/<path>.git` */
  repository: string;
  service: string;
}

/** Segments begin with a letter or digit, so none of them climbs out of the root or hides. */
const REQUEST_PATH =
  /^\/((?:[A-Za-z0-9][A-Za-z0-9._-]*\/){2,8}?[A-Za-z0-9][A-Za-z0-9._-]*\.git)\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const SERVICES = ["git-upload-pack", "git-receive-pack"];
const MAX_BODY_BYTES = 256 * 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_MILLISECONDS = 120_000;

/**
 * Serves bare repositories over git's smart http protocol, fetch and push, on loopback only. The
 * work is git's own `http-backend`; asked for here are a path that is a repository's and the token.
 */
export async function startGitHost(options: GitHostOptions): Promise<RunningGitHost> {
  const server = createServer((request, response) => {
    handle(options.projectRoot, request, response).catch((error: unknown) => {
      console.error("git host:", error);
      refuse(response, 500, "internal error");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  projectRoot: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const target = parsePath(path, query);
  if (target === undefined) return refuse(response, 404, "not found");
  if (!authorized(target.repository, request.headers.authorization)) {
    response.setHeader("WWW-Authenticate", 'Basic realm="sandbox git host"');
    return refuse(response, 401, "authentication required: the password is the repository's token");
  }
  const directory = join(projectRoot, target.repository);
  if (!existsSync(join(directory, "HEAD"))) return refuse(response, 404, "repository not found");
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) {
    return refuse(response, 413, `more than ${MAX_BODY_BYTES} bytes`);
  }
  backend(projectRoot, path, query, request, response);
}

function parsePath(path: string, query: string): GitRequest | undefined {
  const match = REQUEST_PATH.exec(path);
  const [, repository, action] = match ?? [];
  if (repository === undefined || action === undefined) return undefined;
  // Without `service` git would fall back to the dumb protocol, which serves any file.
  const service = action === "info/refs" ? new URLSearchParams(query).get("service") : action;
  if (service === null || !SERVICES.includes(service)) return undefined;
  return { repository, service };
}

function authorized(repository: string, header: string | undefined): boolean {
  const [, encoded] = /^basic +(\S+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return false;
  const credentials = Buffer.from(encoded, "base64").toString("utf8");
  const password = credentials.slice(credentials.indexOf(":") + 1);
  const owner = repository.split("/")[1];
  return password === (owner === "customers" ? CUSTOMER_TOKEN : SOURCE_TOKEN);
}

/** One CGI exchange: the request's body to `git http-backend`, its answer to the client. */
function backend(
  projectRoot: string,
  path: string,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const child = spawn("git", ["http-backend"], {
    env: {
      ...gitEnvironment(),
      ...settings(),
      GIT_PROJECT_ROOT: projectRoot,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? "GET",
      REMOTE_USER: "sandbox",
      REMOTE_ADDR: "127.0.0.1",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      ...(request.headers["content-length"] === undefined
        ? {}
        : { CONTENT_LENGTH: request.headers["content-length"] }),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), MAX_MILLISECONDS);
  let received = 0;
  request.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received > MAX_BODY_BYTES) child.kill("SIGKILL");
  });
  // The child may stop reading before the body ends; its answer then says why.
  child.stdin.on("error", () => request.resume());
  request.pipe(child.stdin);
  response.on("close", () => child.kill("SIGKILL"));
  child.on("error", () => refuse(response, 500, "git could not be started"));
  child.on("close", () => {
    clearTimeout(timer);
    if (!response.headersSent) refuse(response, 500, "git http-backend failed");
    response.end();
  });
  relay(child.stdout, response);
}

/** Command-scope settings: let clients fetch a commit that is no branch's tip, let them push. */
function settings(): Record<string, string> {
  return {
    GIT_CONFIG_COUNT: "3",
    GIT_CONFIG_KEY_1: "uploadpack.allowReachableSHA1InWant",
    GIT_CONFIG_VALUE_1: "true",
    GIT_CONFIG_KEY_2: "http.receivepack",
    GIT_CONFIG_VALUE_2: "true",
  };
}

/** Turns a CGI answer (headers, empty line, body) into an http answer, streaming the body. */
function relay(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) {
      if (head.length > MAX_HEADER_BYTES) refuse(response, 500, "git http-backend sent no headers");
      return;
    }
    output.off("data", onData);
    for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    output.on("data", (rest: Buffer) => {
      if (!response.write(rest)) {
        output.pause();
        response.once("drain", () => output.resume());
      }
    });
  };
  output.on("data", onData);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "text/plain" });
  response.end(`${message}\n`);
}
