import { accessSync, constants, readFileSync } from "node:fs";
import { createServer } from "node:http";

const { name: component, version } = readJson("package.json");
const changes = readJson("changes.json");
const mounts = ["/repo", "/internal"];
const confidential = /token|secret|key|password|connection/i;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://service");
  if (pathname === "/healthz") return answer(response, 200, { status: "ok" });
  if (pathname === "/changes") return answer(response, 200, changes);
  if (pathname === "/") return answer(response, 200, describe());
  return answer(response, 404, { error: "not found" });
});

server.listen(Number(process.env.PORT ?? 8080));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close());

/** What runs here: what was built in, and what the deployment said. */
function describe() {
  return {
    component,
    version,
    commit: process.env.SLIPWAY_COMMIT ?? null,
    environment: Object.fromEntries(
      Object.entries(process.env)
        .filter(([name]) => !confidential.test(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    mounts: Object.fromEntries(mounts.map((path) => [path, access(path)])),
  };
}

/** @returns "read-write", "read-only", or null where nothing is mounted */
function access(path) {
  try {
    accessSync(path, constants.R_OK);
  } catch {
    return null;
  }
  try {
    accessSync(path, constants.W_OK);
    return "read-write";
  } catch {
    return "read-only";
  }
}

function readJson(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}
