import { afterEach, describe, expect, it, vi } from "vitest";
import { sha256 } from "../../../builds/digest.ts";
import { openCapsule } from "../../../capsule/open.ts";
import {
  openRemote,
  parseReference,
  type RegistryOptions,
  registrySource,
} from "../../../capsule/registry/index.ts";
import { createCertificate } from "../../../sandbox/tls.ts";
import { SlipwayError } from "../../../schemas/problem.ts";
import { freePort } from "../../fixtures/ports.ts";
import { type Answer, serve, type TestServer } from "./server.ts";

const PATIENCE = { idle: 60_000, least: 1, retry: 1, retryAfter: 5_000 };
/** For who is given up, so that nothing else can be for being slow. */
const IMPATIENT = { ...PATIENCE, idle: 300 };
const MANIFEST = Buffer.from('{"schemaVersion":2}');
const TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONTENT = Buffer.from("0123456789");
const BLOB = { digest: sha256(CONTENT), size: CONTENT.byteLength };
const OTHER = `sha256:${"0".repeat(64)}`;

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

describe("a registry that answers", () => {
  it.each<[number, string, number]>([
    [401, "registry-denied", 1],
    [403, "registry-denied", 1],
    [404, "registry-missing", 1],
    [418, "registry-answer", 1],
    [429, "registry-busy", 4],
    [500, "registry-unreachable", 4],
    [503, "registry-unreachable", 4],
  ])("%i ends in %s after %i request(s)", async (status, code, count) => {
    const server = await start((_request, response) => {
      response.writeHead(status).end('{"errors":[{"code":"SOME_CODE","message":"hunter2"}]}');
    });
    const message = await refused(source(server), code);
    expect(message).toContain(server.host);
    expect(message).not.toContain("hunter2");
    expect(server.requests).toEqual(Array(count).fill("GET /v2/team/app/manifests/1.0"));
  });

  it("429 for a while is asked again when it says", async () => {
    let waits = 2;
    const server = await start((_request, response) => {
      if (waits-- > 0) response.writeHead(429, { "retry-after": "0" }).end();
      else response.writeHead(200, { "content-type": TYPE }).end(MANIFEST);
    });
    expect((await remote(server).resolve("1.0"))?.digest).toBe(sha256(MANIFEST));
    expect(server.requests).toHaveLength(3);
  });

  it.each(["3600", new Date(Date.now() + 3_600_000).toUTCString()])(
    "429 until %s is not waited for",
    async (when) => {
      const server = await start((_request, response) => {
        response.writeHead(429, { "retry-after": when }).end();
      });
      await refused(source(server), "registry-busy");
      expect(server.requests).toHaveLength(1);
    },
  );

  it.each([307, 308])("an upload with %i sends it where that leads, whole", async (status) => {
    let received = "";
    const other = await start((_request, response, body) => {
      received = body;
      response.writeHead(201).end();
    });
    const server = await start((request, response) => {
      const led = { location: `http://${other.host}/there` };
      if (request.method === "HEAD") response.writeHead(404).end();
      else if (request.method === "PUT") response.writeHead(status, led).end();
      else response.writeHead(202, { location: "/upload" }).end();
    });
    await remote(server).pushBlob({ digest: BLOB.digest, content: CONTENT });
    expect(other.requests).toEqual(["PUT /there"]);
    expect(received).toBe(CONTENT.toString());
  });

  it("with a redirect to itself is left after a few", async () => {
    const server = await start((request, response) => {
      response.writeHead(307, { location: request.url }).end();
    });
    expect(await refused(source(server), "registry-answer")).toContain("on and on");
    expect(server.requests).toHaveLength(6);
  });

  it("with a redirect to no web address is refused", async () => {
    const server = await start((_request, response) => {
      response.writeHead(307, { location: "ftp://127.0.0.1/" }).end();
    });
    expect(await refused(source(server), "registry-answer")).toContain("expected https");
  });

  it("with a redirect from https to plain http is refused", async () => {
    const plain = await start((_request, response) => void response.end(MANIFEST));
    const server = await start(
      (_request, response) => {
        response.writeHead(307, { location: `http://${plain.host}/` }).end();
      },
      await createCertificate(),
    );
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const env = {
      SLIPWAY_ENDPOINTS: JSON.stringify({ "a.example.com": `https://${server.host}` }),
    };
    const work = source({ host: "a.example.com" }, { env });
    expect(await refused(work, "registry-answer")).toContain("expected https");
    expect(server.requests).toHaveLength(1);
    expect(plain.requests).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ["another digest", { "docker-content-digest": OTHER }],
    ["no digest at all", { "docker-content-digest": "hunter2" }],
  ])("with a header that names %s is refused", async (_what, headers) => {
    const server = await start((_request, response) => {
      response.writeHead(200, { "content-type": TYPE, ...headers }).end(MANIFEST);
    });
    const message = await refused(source(server).then(openCapsule), "registry-answer");
    expect(message).toContain(sha256(MANIFEST));
    expect(message).not.toContain("hunter2");
  });

  it("with another manifest than the digest's is refused", async () => {
    const server = await start((_request, response) => {
      response.writeHead(200, { "content-type": TYPE }).end(MANIFEST);
    });
    await refused(remote(server).resolve(OTHER), "registry-answer");
    expect((await remote(server).resolve(sha256(MANIFEST)))?.size).toBe(MANIFEST.byteLength);
  });

  it("with a manifest without an end is refused", async () => {
    let sent = 0;
    const server = await start((_request, response) => {
      response.writeHead(200, { "content-type": TYPE });
      const more = () => {
        while (!response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536, " "))) break;
        }
      };
      response.on("drain", more);
      more();
    });
    await refused(source(server), "registry-answer");
    // What the sockets hold may have gone out besides.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it("with half a body is refused", async () => {
    const server = await start((_request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("01234", () => response.destroy());
    });
    expect(await refused(remote(server).readBlob(BLOB), "registry-unreachable")).toContain("cut");
    expect(await refused(source(server), "registry-unreachable")).toContain("cut");
  });

  it.each<[string, Answer]>([
    ["a body", (_request, response) => void response.writeHead(200).write("01234")],
    ["an answer", () => {}],
  ])("with %s that never ends is given up", async (_what, answer) => {
    const server = await start(answer);
    const message = await refused(remote(server, IMPATIENT).readBlob(BLOB), "registry-unreachable");
    expect(message).toContain("did not answer in time");
  });

  it("with a body that drips is given up, however long it would go on", async () => {
    const server = await start((_request, response) => {
      const drip = setInterval(() => response.write("x"), 10);
      response.once("close", () => clearInterval(drip));
    });
    const work = remote(server, { ...IMPATIENT, least: 1_000 }).readBlob({
      ...BLOB,
      size: 100_000,
    });
    expect(await refused(work, "registry-unreachable")).toContain("too slowly");
  });

  it("with a longer blob is read no further than was asked for", async () => {
    const server = await start((_request, response) => void response.end("0123456789-and-more"));
    expect(Buffer.from(await remote(server).readBlob(BLOB))).toEqual(CONTENT);
  });

  it("with a shorter blob gives what there is, for its digest to be checked", async () => {
    const server = await start((_request, response) => void response.end("0123"));
    expect(Buffer.from(await remote(server).readBlob(BLOB)).toString()).toBe("0123");
  });

  it("with referrers that are no JSON is refused", async () => {
    const server = await start((_request, response) => void response.end("<html>"));
    await refused(remote(server).referrers(OTHER), "registry-answer");
  });

  it.each<[string, Record<string, string>]>([
    ["nowhere to go", {}],
    ["an address that is none", { location: "http://[" }],
    ["plain text for an address", { location: "ftp://127.0.0.1/upload" }],
  ])("an upload with %s is refused", async (_what, headers) => {
    const server = await start((request, response) => {
      response.writeHead(request.method === "HEAD" ? 404 : 202, headers).end();
    });
    const upload = remote(server).pushBlob({ digest: BLOB.digest, content: CONTENT });
    await refused(upload, "registry-answer");
    expect(server.requests).toEqual([
      `HEAD /v2/team/app/blobs/${BLOB.digest}`,
      "POST /v2/team/app/blobs/uploads/",
    ]);
  });

  it("an upload or a manifest with another digest is refused", async () => {
    const server = await start((request, response) => {
      const headers = { location: "/upload?state=a%3Db", "docker-content-digest": OTHER };
      const status = { HEAD: 404, POST: 202, PUT: 201 }[request.method ?? ""] ?? 500;
      response.writeHead(status, headers).end();
    });
    const upload = remote(server).pushBlob({ digest: BLOB.digest, content: CONTENT });
    await refused(upload, "registry-answer");
    expect(server.requests.at(-1)).toBe(
      `PUT /upload?state=a%3Db&digest=${encodeURIComponent(BLOB.digest)}`,
    );
    await refused(remote(server).pushManifest(MANIFEST, { tag: "1.0" }), "registry-answer");
  });
});

describe("a registry that does not answer", () => {
  it("because nothing listens ends in registry-unreachable", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    expect(await refused(source({ host }), "registry-unreachable")).toContain("nothing listens");
  });

  it("because its name does not resolve ends in registry-unreachable", async () => {
    const message = await refused(source({ host: "registry.invalid" }), "registry-unreachable");
    expect(message).toMatch(/its name (does not resolve|could not be looked up)/);
  });

  it("because its certificate is nobody's ends in registry-unreachable", async () => {
    const server = await start(() => {}, await createCertificate());
    const env = {
      SLIPWAY_ENDPOINTS: JSON.stringify({ "a.example.com": `https://${server.host}` }),
    };
    const message = await refused(
      source({ host: "a.example.com" }, { env }),
      "registry-unreachable",
    );
    expect(message).toContain("certificate is not trusted");
    expect(server.requests).toEqual([]);
  });

  it("because it speaks no TLS ends in registry-unreachable", async () => {
    const server = await start((_request, response) => void response.end());
    const env = {
      SLIPWAY_ENDPOINTS: JSON.stringify({ "a.example.com": `https://${server.host}` }),
    };
    const message = await refused(
      source({ host: "a.example.com" }, { env }),
      "registry-unreachable",
    );
    expect(message).toContain("does not speak TLS");
  });
});

async function start(...options: Parameters<typeof serve>): Promise<TestServer> {
  const server = await serve(...options);
  closers.push(() => server.close());
  return server;
}

function source({ host }: { host: string }, options: RegistryOptions = {}) {
  const env = { HOME: "/nonexistent" };
  return registrySource(parseReference(`${host}/team/app:1.0`), {
    env,
    patience: PATIENCE,
    ...options,
  });
}

function remote({ host }: { host: string }, patience = PATIENCE) {
  const env = { HOME: "/nonexistent" };
  return openRemote({ registry: host, repository: "team/app" }, { env, patience });
}

/** @returns the message: one line, with one problem */
async function refused(work: Promise<unknown>, code: string): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SlipwayError)) throw error ?? new Error("nothing was refused");
  expect(error.code).toBe(code);
  expect(error.problems).toHaveLength(1);
  expect(error.message).not.toContain("\n");
  return error.message;
}
