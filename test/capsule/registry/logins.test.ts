import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dockerLogin } from "../../../capsule/registry/docker-config.ts";
import { openRemote } from "../../../capsule/registry/index.ts";
import { createCertificate } from "../../../sandbox/tls.ts";
import { type Answer, serve, type TestServer } from "./server.ts";

const PATIENCE = { idle: 60_000, least: 1, retry: 1, retryAfter: 1_000 };
const MANIFEST = Buffer.from('{"schemaVersion":2}');
const SECRET = "hunter2";
const DIGEST = `sha256:${"0".repeat(64)}`;

let home: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "slipway-logins-"));
  await mkdir(join(home, "docker"));
  closers.push(() => rm(home, { recursive: true, force: true }));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

describe("a registry that wants basic authentication", () => {
  it("gets the login of Docker's config once it asks, and from then on", async () => {
    const server = await start(wantsBasic);
    await login({ auths: { [server.host]: { auth: base64(`ann:${SECRET}:x`) } } });
    const repository = remote(server);
    await repository.resolve("1.0");
    await repository.resolve("1.1");
    const basic = `Basic ${base64(`ann:${SECRET}:x`)}`;
    expect(server.authorizations).toEqual([undefined, basic, basic]);
  });

  it.each<[string, (host: string) => object]>([
    ["under a URL", (host) => ({ auths: { [`https://${host}/v1/`]: { auth: base64("ann:pw") } } })],
    ["in clear", (host) => ({ auths: { [host]: { username: "ann", password: "pw" } } })],
    ["with zero bytes", (host) => ({ auths: { [host]: { auth: base64("ann:pw\0\0") } } })],
  ])("gets a login that stands %s", async (_what, config) => {
    const server = await start(wantsBasic);
    await login(config(server.host));
    await remote(server).resolve("1.0");
    expect(server.authorizations.at(-1)).toBe(`Basic ${base64("ann:pw")}`);
  });

  it("gets it without a proxy, where it is on this machine", async () => {
    const server = await start(wantsBasic);
    const proxy = await start((_request, response) => void response.writeHead(502).end());
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) {
      vi.stubEnv(name, `http://${proxy.host}`);
    }
    await login({ auths: { [server.host]: { auth: base64(`ann:${SECRET}`) } } });
    await remote(server).resolve("1.0");
    expect(server.authorizations.at(-1)).toBe(`Basic ${base64(`ann:${SECRET}`)}`);
    expect(proxy.requests).toEqual([]);
    const elsewhere = { registry: "registry.invalid", repository: "team/app" };
    const asked = openRemote(elsewhere, { ...options(), insecure: true }).resolve("1.0");
    await refused(asked, "registry-unreachable");
    expect(proxy.requests).not.toEqual([]);
  });

  it("is not asked again with a login that it refused", async () => {
    const server = await start((_request, response) => {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    });
    await login({ auths: { [server.host]: { auth: base64(`ann:${SECRET}`) } } });
    const repository = remote(server);
    await refused(repository.resolve("1.0"), "registry-denied");
    expect(server.requests).toHaveLength(2);
    await refused(repository.resolve("1.0"), "registry-denied");
    expect(server.requests).toHaveLength(3);
  });

  it("is left without one where no login is known", async () => {
    const server = await start(wantsBasic);
    await login({ auths: { "other.example.com": { auth: base64(`ann:${SECRET}`) } } });
    const message = await refused(remote(server).resolve("1.0"), "registry-denied");
    expect(message).toContain(`docker login ${server.host}`);
    expect(server.authorizations).toEqual([undefined]);
  });

  it("gets no login over plain http that leaves the machine", async () => {
    const server = await start(wantsBasic);
    const host = server.host.replace("127.0.0.1", "0.0.0.0");
    await login({ auths: { [host]: { auth: base64(`ann:${SECRET}`) } } });
    const repository = openRemote(
      { registry: host, repository: "a" },
      { ...options(), insecure: true },
    );
    await refused(repository.resolve("1.0"), "registry-denied");
    expect(server.authorizations).toEqual([undefined]);
  });

  it("gets no login where the endpoint map has a stand-in by plain http", async () => {
    const server = await start(wantsBasic);
    await login({ auths: { "a.example.com": { auth: base64(`ann:${SECRET}`) } } });
    const { env, patience } = options();
    const endpoints = { SLIPWAY_ENDPOINTS: `{"a.example.com":"http://${server.host}"}` };
    const repository = openRemote(
      { registry: "a.example.com", repository: "a" },
      { env: { ...env, ...endpoints }, patience },
    );
    await refused(repository.resolve("1.0"), "registry-denied");
    expect(server.authorizations).toEqual([undefined]);
  });

  it.each([301, 302, 303, 307, 308])(
    "leads by %i to another host, which gets no login",
    async (status) => {
      const other = await start((_request, response) => void response.end("0123"));
      const server = await start((request, response, body) => {
        if (request.headers.authorization === undefined) return wantsBasic(request, response, body);
        response.writeHead(status, { location: `http://${other.host}/blob` }).end();
      });
      await login({ auths: { [server.host]: { auth: base64(`ann:${SECRET}`) } } });
      const content = await remote(server).readBlob({ digest: DIGEST, size: 4 });
      expect(Buffer.from(content).toString()).toBe("0123");
      expect(other.requests).toEqual(["GET /blob"]);
      expect(other.authorizations).toEqual([undefined]);
    },
  );
});

describe("a registry that wants a token", () => {
  it("gets one for each scope, asked for once", async () => {
    const { registry, tokens } = await startTokenRegistry();
    const repository = remote(registry);
    await repository.resolve("1.0");
    await repository.resolve("1.1");
    await repository.pushManifest(MANIFEST, { tag: "1.2" });
    await repository.resolve("1.3");
    expect(tokens.requests).toEqual(
      ["pull", "pull%2Cpush"].map(
        (actions) => `GET /token?service=registry&scope=repository%3Ateam%2Fapp%3A${actions}`,
      ),
    );
    expect(tokens.authorizations).toEqual([undefined, undefined]);
  });

  it("gets another when the first one is not good any more", async () => {
    const { registry, tokens, expire } = await startTokenRegistry();
    const repository = remote(registry);
    await repository.resolve("1.0");
    expire();
    expect((await repository.resolve("1.1"))?.size).toBe(MANIFEST.byteLength);
    expect(tokens.requests).toHaveLength(2);
  });

  it("gets another when those of all scopes have expired", async () => {
    const { registry, tokens, expire } = await startTokenRegistry();
    const repository = remote(registry);
    await repository.resolve("1.0");
    await repository.pushManifest(MANIFEST, { tag: "1.1" });
    expire();
    expect((await repository.resolve("1.2"))?.size).toBe(MANIFEST.byteLength);
    await repository.pushManifest(MANIFEST, { tag: "1.3" });
    expect(tokens.requests).toHaveLength(4);
  });

  it("is asked no more than thrice where it takes no token any more", async () => {
    const { registry, tokens, close } = await startTokenRegistry();
    const repository = remote(registry);
    await repository.resolve("1.0");
    await repository.pushManifest(MANIFEST, { tag: "1.1" });
    close();
    const before = registry.requests.length;
    await refused(repository.resolve("1.2"), "registry-denied");
    expect(registry.requests.length - before).toBe(3);
    expect(tokens.requests).toHaveLength(3);
  });

  it("sends the login to the token server, and the token to the registry", async () => {
    const { registry, tokens } = await startTokenRegistry();
    await login({ auths: { [registry.host]: { auth: base64(`ann:${SECRET}`) } } });
    await remote(registry).resolve("1.0");
    expect(tokens.authorizations).toEqual([`Basic ${base64(`ann:${SECRET}`)}`]);
    expect(registry.authorizations).toEqual([undefined, expect.stringMatching(/^Bearer token-1-/)]);
  });

  it("exchanges an identity token, which stands in no address", async () => {
    const { registry, tokens, bodies } = await startTokenRegistry();
    await login({ auths: { [registry.host]: { identitytoken: SECRET } } });
    await remote(registry).resolve("1.0");
    expect(tokens.requests).toEqual(["POST /token"]);
    expect(Object.fromEntries(new URLSearchParams(bodies[0]))).toEqual({
      service: "registry",
      scope: "repository:team/app:pull",
      grant_type: "refresh_token",
      client_id: "slipway",
      refresh_token: SECRET,
    });
  });

  it("gets the token that Docker's config has for it", async () => {
    const { registry, tokens } = await startTokenRegistry();
    await login({ auths: { [registry.host]: { registrytoken: "kept" } } });
    await refused(remote(registry).resolve("1.0"), "registry-denied");
    expect(registry.authorizations).toEqual([undefined, "Bearer kept"]);
    expect(tokens.requests).toEqual([]);
  });

  it.each<[string, Answer, string]>([
    [
      "refuses",
      (_request, response) => void response.writeHead(401).end(SECRET),
      "registry-denied",
    ],
    ["answers no token", (_request, response) => void response.end(SECRET), "registry-answer"],
    [
      "answers what no header can hold",
      (_request, response) => void response.end('{"token":"a\\r\\nb"}'),
      "registry-answer",
    ],
    [
      "leads elsewhere",
      (_request, response) => void response.writeHead(307, { location: "/other" }).end(),
      "registry-answer",
    ],
    ["fails", (_request, response) => void response.writeHead(500).end(), "registry-unreachable"],
  ])("is refused where the token server %s", async (_what, answer, code) => {
    const tokens = await start(answer);
    const registry = await start((_request, response) => {
      const challenge = `Bearer realm="http://${tokens.host}/token"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
    });
    await login({ auths: { [registry.host]: { auth: base64(`ann:${SECRET}`) } } });
    await refused(remote(registry).resolve("1.0"), code);
    expect(tokens.requests).not.toContain("GET /other");
  });

  it.each(["http://192.0.2.1/token", "ftp://127.0.0.1/", "token", ""])(
    "gets no login where it names %j as its token server",
    async (realm) => {
      const registry = await start((_request, response) => {
        response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}"` }).end();
      });
      await login({ auths: { [registry.host]: { auth: base64(`ann:${SECRET}`) } } });
      const message = await refused(remote(registry).resolve("1.0"), "registry-answer");
      expect(message).toContain("names a token server that is no https address");
    },
  );
});

describe("a registry of Azure", () => {
  it("takes Azure's login where Docker has none, exchanged for its own", async () => {
    const { registry, bodies } = await startAzure();
    expect((await azure(registry, "aad").resolve("1.0"))?.size).toBe(MANIFEST.byteLength);
    expect(bodies.map((body) => Object.fromEntries(new URLSearchParams(body)))).toEqual([
      { grant_type: "access_token", service: "name.azurecr.io", access_token: "aad" },
      { grant_type: "refresh_token", client_id: "slipway", refresh_token: "refresh", scope: "s" },
    ]);
  });

  it("takes Docker's login first", async () => {
    const { registry, bodies } = await startAzure();
    await login({ auths: { "name.azurecr.io": { identitytoken: "docker" } } });
    await azure(registry, "aad").resolve("1.0");
    expect(bodies.map((body) => new URLSearchParams(body).get("refresh_token"))).toEqual([
      "docker",
    ]);
  });

  it("is asked anonymously by who is not logged in to Azure", async () => {
    const { registry } = await startAzure();
    const message = await refused(azure(registry).resolve("1.0"), "registry-denied");
    expect(message).toContain("az acr login --name name");
    expect(registry.requests.at(-1)).toBe("GET /oauth2/token?scope=s");
  });

  it("that refuses Azure's login is left", async () => {
    const { registry } = await startAzure();
    await refused(azure(registry, SECRET).resolve("1.0"), "registry-denied");
    expect(registry.requests.at(-1)).toBe("POST /oauth2/exchange");
  });

  /** Takes Azure's token `aad` and makes of it one that is good. */
  async function startAzure() {
    const bodies: string[] = [];
    const registry: TestServer = await start(
      async (request, response, body) => {
        if (request.method === "POST") bodies.push(body);
        const isKnown = /=(aad|refresh|docker)(&|$)/.test(body);
        if (request.url === "/oauth2/exchange")
          response.writeHead(isKnown ? 200 : 403).end('{"refresh_token":"refresh"}');
        else if (request.url === "/oauth2/token" && isKnown)
          response.end('{"access_token":"good"}');
        else if (request.headers.authorization === "Bearer good") response.end(MANIFEST);
        else {
          const challenge = `Bearer realm="https://${request.headers.host}/oauth2/token",scope="s"`;
          response.writeHead(401, { "www-authenticate": challenge }).end();
        }
      },
      await createCertificate(),
    );
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    return { registry, bodies };
  }

  function azure({ host }: TestServer, token?: string) {
    const { env, patience } = options();
    const endpoints = { SLIPWAY_ENDPOINTS: `{"*.azurecr.io":"https://${host}"}` };
    const credential = {
      async getToken() {
        if (token === undefined) throw new Error("nobody is logged in");
        return { token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER };
      },
    };
    return openRemote(
      { registry: "name.azurecr.io", repository: "a" },
      { env: { ...env, ...endpoints }, patience, credential },
    );
  }
});

describe("a credential helper", () => {
  it.each<[string, (host: string) => object]>([
    ["of the registry", (host) => ({ credsStore: "other", credHelpers: { [host]: "test" } })],
    ["of all registries", () => ({ credsStore: "test" })],
  ])("%s is asked for the login, with the host on its stdin", async (_what, config) => {
    const server = await start(wantsBasic);
    await helper(`[ "$1 $(cat)" = "get ${server.host}" ] || exit 3
      echo '{"ServerURL":"x","Username":"ann","Secret":"${SECRET}"}'`);
    await login(config(server.host));
    await remote(server).resolve("1.0");
    expect(server.authorizations.at(-1)).toBe(`Basic ${base64(`ann:${SECRET}`)}`);
  });

  it("gives an identity token under the user <token>", async () => {
    const { registry, bodies } = await startTokenRegistry();
    await helper(`echo '{"Username":"<token>","Secret":"${SECRET}"}'`);
    await login({ credsStore: "test" });
    await remote(registry).resolve("1.0");
    expect(new URLSearchParams(bodies[0]).get("refresh_token")).toBe(SECRET);
  });

  it("that knows nothing of the registry leaves it to the file", async () => {
    const server = await start(wantsBasic);
    await helper('echo "credentials not found in native keychain"; exit 1');
    await login({ credsStore: "test", auths: { [server.host]: { auth: base64("ann:pw") } } });
    await remote(server).resolve("1.0");
    expect(server.authorizations.at(-1)).toBe(`Basic ${base64("ann:pw")}`);
  });

  it.each<[string, string, string]>([
    ["is not there", "missing", "exit 0"],
    ["fails", "test", `echo ${SECRET}; exit 1`],
    ["answers no JSON", "test", `echo ${SECRET}`],
    ["answers no login", "test", `echo '{"Secret":"${SECRET}"}'`],
  ])("that %s is refused", async (_what, name, script) => {
    const server = await start(wantsBasic);
    await helper(script);
    await login({ credsStore: name });
    await refused(remote(server).resolve("1.0"), "registry-login");
  });
});

describe("Docker's config.json", () => {
  it("that has a path for a helper's name is refused", async () => {
    const server = await start(wantsBasic);
    await login({ credsStore: "../test" });
    const message = await refused(remote(server).resolve("1.0"), "registry-login");
    expect(message).toContain('"../test" is no name of a credential helper');
  });

  it.each<[string, string]>([
    ["no JSON", `{"auths": ${SECRET}`],
    ["no object", "7"],
  ])("that is %s is refused", async (_what, text) => {
    const server = await start(wantsBasic);
    await writeFile(join(home, "docker", "config.json"), text);
    await refused(remote(server).resolve("1.0"), "registry-login");
  });

  it.each<[string, (host: string) => object]>([
    ["an auth that is no pair", (host) => ({ auths: { [host]: { auth: base64(SECRET) } } })],
    ["a helper that is no text", (host) => ({ credHelpers: { [host]: 7 } })],
  ])("with %s is refused", async (_what, config) => {
    const server = await start(wantsBasic);
    await login(config(server.host));
    await refused(remote(server).resolve("1.0"), "registry-login");
  });

  it("has the login of Docker Hub under the address of its index", async () => {
    const key = "https://index.docker.io/v1/";
    await login({ auths: { [key]: { auth: base64("ann:pw") } } });
    const found = await dockerLogin("docker.io", options().env);
    expect(found).toEqual({ kind: "password", user: "ann", password: "pw" });
  });

  it("is not read while no registry asks", async () => {
    const server = await start((_request, response) => void response.end(MANIFEST));
    await writeFile(join(home, "docker", "config.json"), "broken");
    expect((await remote(server).resolve("1.0"))?.size).toBe(MANIFEST.byteLength);
  });
});

const wantsBasic: Answer = (request, response) => {
  if (request.headers.authorization?.startsWith("Basic ")) response.end(MANIFEST);
  else response.writeHead(401, { "www-authenticate": 'Basic realm="all, of it"' }).end();
};

/** A registry that takes tokens of a scope, from a server of its own. */
async function startTokenRegistry() {
  let made = 0;
  let isOpen = true;
  const good = new Map<string, string>();
  const bodies: string[] = [];
  const tokens = await start((request, response, body) => {
    bodies.push(body);
    const fields = new URLSearchParams(body || new URL(request.url ?? "", "http://a").search);
    const token = `token-${++made}-${fields.get("grant_type") ?? "get"}`;
    good.set(token, fields.get("scope") ?? "");
    response.end(JSON.stringify({ [made % 2 ? "token" : "access_token"]: token, expires_in: 60 }));
  });
  const registry = await start((request, response) => {
    const actions = request.method === "GET" ? "pull" : "pull,push";
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    if (isOpen && good.get(token)?.endsWith(`:${actions}`)) {
      response.writeHead(request.method === "PUT" ? 201 : 200).end(MANIFEST);
      return;
    }
    const scope = `repository:team/app:${actions}`;
    const challenge = `Basic realm="x", Bearer realm="http://${tokens.host}/token",service="registry",scope="${scope}"`;
    response.writeHead(401, { "www-authenticate": challenge }).end();
  });
  return {
    registry,
    tokens,
    bodies,
    expire: () => good.clear(),
    close: () => {
      isOpen = false;
    },
  };
}

async function start(...answers: Parameters<typeof serve>): Promise<TestServer> {
  const server = await serve(...answers);
  closers.push(() => server.close());
  return server;
}

function options() {
  const env = { DOCKER_CONFIG: join(home, "docker"), PATH: `${home}:${process.env.PATH}` };
  return { env, patience: PATIENCE };
}

function remote({ host }: TestServer) {
  return openRemote({ registry: host, repository: "team/app" }, options());
}

async function login(config: object): Promise<void> {
  await writeFile(join(home, "docker", "config.json"), JSON.stringify(config));
}

async function helper(script: string): Promise<void> {
  const file = join(home, "docker-credential-test");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** @returns the message, in which there is no secret */
async function refused(work: Promise<unknown>, code: string): Promise<string> {
  const error: unknown = await work.then(
    () => new Error("nothing was refused"),
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code });
  const message = error instanceof Error ? error.message : "";
  expect(message).not.toContain("\n");
  for (const secret of [SECRET, base64(SECRET), base64(`ann:${SECRET}`)]) {
    expect(message).not.toContain(secret);
  }
  return message;
}
