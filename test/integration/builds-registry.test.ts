import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointMapFrom } from "../../builds/endpoints.ts";
import { type ImageRepository, openRepository } from "../../builds/registry-client.ts";
import { type Descriptor, RegistryClient } from "../../sandbox/oci/registry-client.ts";
import { createCertificate } from "../../sandbox/tls.ts";
import { startPlainRegistry, type TestRegistry } from "./registries.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const STORED = "slipwaydev/team/app";

let registry: TestRegistry;
let client: RegistryClient;
let repository: ImageRepository;
let asked = 0;

beforeAll(async () => {
  registry = await startPlainRegistry();
  client = new RegistryClient(registry.endpoint);
  repository = await openRepository({
    registry: "slipwaydev.azurecr.io",
    repository: "team/app",
    endpoints: mapTo(`${registry.endpoint}/*`),
    credential: {
      async getToken() {
        asked++;
        return { token: "aad-token", expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    },
  });
});

afterAll(() => registry?.close());

describe("openRepository over a plain registry", () => {
  it("finds an image by tag and digest, with its size, type and labels, and sends no credential", async () => {
    const body = await push("1.0", { revision: "one" });
    const image = await repository.resolve("1.0");
    if (image === undefined) throw new Error("not found");
    expect(image).toMatchObject({ mediaType: MANIFEST, size: body.byteLength });
    expect((await repository.resolve(image.digest))?.digest).toBe(image.digest);
    expect(await repository.labels(image)).toEqual({ revision: "one" });
    expect(asked).toBe(0);
  });

  it("answers undefined for a tag or a repository that is not there", async () => {
    await push("1.0", {});
    expect(await repository.resolve("2.0")).toBeUndefined();
    expect(await repository.resolve(`sha256:${"0".repeat(64)}`)).toBeUndefined();
    const empty = await openRepository({
      registry: "slipwaydev.azurecr.io",
      repository: "team/none",
      endpoints: mapTo(`${registry.endpoint}/*`),
      credential: { getToken: async () => null },
    });
    expect(await empty.resolve("1.0")).toBeUndefined();
  });

  it("gives an image another tag without changing a byte", async () => {
    await push("1.0", { revision: "one" });
    const image = await repository.resolve("1.0");
    if (image === undefined) throw new Error("not found");
    await repository.tag(image, "stable");
    expect((await client.getManifest(STORED, "stable")).digest).toBe(image.digest);
  });

  it("reads the labels of an index from its first platform, not from an attestation", async () => {
    const attestation = await pushManifest("a", {});
    const amd64 = await pushManifest("b", { revision: "two" });
    const body = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: [
          { ...attestation, platform: { os: "unknown", architecture: "unknown" } },
          { ...amd64, platform: { os: "linux", architecture: "amd64" } },
        ],
      }),
    );
    const digest = await client.putManifest(STORED, "multi", { mediaType: INDEX, body });
    const image = await repository.resolve("multi");
    if (image === undefined) throw new Error("not found");
    expect(image).toMatchObject({ digest, mediaType: INDEX, size: body.byteLength });
    expect(await repository.labels(image)).toEqual({ revision: "two" });
  });

  it("has no labels for what is no image", async () => {
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }));
    await client.putManifest(STORED, "empty", { mediaType: INDEX, body });
    const image = await repository.resolve("empty");
    if (image === undefined) throw new Error("not found");
    expect(await repository.labels(image)).toEqual({});
  });
});

describe("openRepository over a registry that asks for a token, as ACR does", () => {
  it("exchanges the credential, over https alone", async () => {
    await push("1.0", { revision: "one" });
    const { key, cert } = await createCertificate();
    const folder = await mkdtemp(join(tmpdir(), "slipway-registry-"));
    const certificate = join(folder, "ca.pem");
    await writeFile(certificate, cert);
    const seen: string[] = [];
    const server = acrLike({ key, cert }, seen);
    const port = await listen(server);
    try {
      const program = join(import.meta.dirname, "builds-registry-program.ts");
      const { stdout } = await execa("node", ["--import", "tsx", program, "1.0"], {
        env: {
          NODE_EXTRA_CA_CERTS: certificate,
          SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": `https://localhost:${port}/*` }),
        },
      });
      const { digest } = await client.getManifest(STORED, "1.0");
      expect(JSON.parse(stdout)).toEqual({ digest, labels: { revision: "one" } });
    } finally {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    }
    expect(seen).toContain("exchange aad-token");
    expect(seen).toContain("token refresh_token");
    expect(seen.filter((line) => line.startsWith("/v2/"))).toEqual([
      "/v2/slipwaydev/team/app/manifests/1.0 none",
      "/v2/slipwaydev/team/app/manifests/1.0 Bearer acr-token",
      expect.stringMatching(/^\/v2\/slipwaydev\/team\/app\/blobs\/sha256:\S+ Bearer acr-token$/),
    ]);
  });
});

function mapTo(target: string) {
  return endpointMapFrom({ SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": target }) });
}

/** The registry behind ACR's challenge and its two token endpoints. */
function acrLike(tls: { key: string; cert: string }, seen: string[]): Server {
  return createServer(tls, async (request, response) => {
    const url = new URL(request.url ?? "", "https://localhost");
    const form = new URLSearchParams(request.method === "POST" ? await text(request) : "");
    const json = (value: object) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(value));
    };
    if (url.pathname === "/oauth2/exchange") {
      seen.push(`exchange ${form.get("access_token")}`);
      const claims = Buffer.from(JSON.stringify({ exp: Date.now() / 1000 + 3600 }));
      return json({ refresh_token: `a.${claims.toString("base64")}.c` });
    }
    if (url.pathname === "/oauth2/token") {
      seen.push(`token ${form.get("grant_type")}`);
      return json({ access_token: "acr-token" });
    }
    seen.push(`${decodeURIComponent(url.pathname)} ${request.headers.authorization ?? "none"}`);
    if (request.headers.authorization !== "Bearer acr-token") {
      const challenge =
        'Bearer realm="https://slipwaydev.azurecr.io/oauth2/token",service="slipwaydev.azurecr.io",scope="repository:team/app:pull"';
      response.writeHead(401, { "WWW-Authenticate": challenge });
      return response.end();
    }
    const accept = { accept: String(request.headers.accept ?? "*/*") };
    const answer = await fetch(registry.endpoint + url.pathname, { headers: accept });
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, {
      "Content-Type": answer.headers.get("content-type") ?? "",
      "Content-Length": body.byteLength,
      "Docker-Content-Digest": answer.headers.get("docker-content-digest") ?? "",
    });
    response.end(body);
  });
}

async function push(tag: string, labels: Record<string, string>): Promise<Uint8Array> {
  const { body } = await imageOf(labels);
  await client.putManifest(STORED, tag, { mediaType: MANIFEST, body });
  return body;
}

async function pushManifest(tag: string, labels: Record<string, string>): Promise<Descriptor> {
  const body = await push(tag, labels);
  const { digest } = await client.getManifest(STORED, tag);
  return { mediaType: MANIFEST, digest, size: body.byteLength };
}

async function imageOf(labels: Record<string, string>) {
  const config = Buffer.from(JSON.stringify({ os: "linux", config: { Labels: labels } }));
  const type = "application/vnd.oci.image.config.v1+json";
  const descriptor = await client.pushBlob(STORED, type, config);
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: descriptor, layers: [] };
  return { body: Buffer.from(JSON.stringify(manifest)) };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address.port;
}
