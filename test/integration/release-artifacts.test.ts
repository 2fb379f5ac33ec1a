import { type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointMapFrom } from "../../builds/endpoints.ts";
import { BINARIES, EMPTY_CONFIG, HELM_CONFIG } from "../../builds/media-types.ts";
import { findArtifact, pushArtifact } from "../../releasing/kinds/artifact.ts";
import type { KindContext } from "../../releasing/kinds/index.ts";
import { serveHttp } from "../fixtures/http.ts";
import { freePort } from "../fixtures/ports.ts";
import { contextOf, problemsOf } from "../releasing/kinds/context.ts";
import { startRemote } from "../source/remote.ts";
import { startPlainRegistry, type TestRegistry } from "./registries.ts";

const CONTENT = {
  artifactType: BINARIES,
  config: { mediaType: EMPTY_CONFIG, content: Buffer.from("{}") },
  layers: [{ mediaType: "text/plain", content: Buffer.from("one\n") }],
};

let registry: TestRegistry;

beforeAll(async () => {
  registry = await startPlainRegistry();
});

afterAll(() => registry.close());

describe("an artifact of a release", () => {
  it("is found under its version once it is pushed, in the same bytes each time", async () => {
    const context = await contextFor("1.0.0");
    expect(await findArtifact(context, BINARIES)).toBeUndefined();
    const { manifest, found } = await pushArtifact(context, CONTENT);
    expect(found).toBe(false);
    expect(await findArtifact(context, BINARIES)).toEqual(manifest);
    const elsewhere = { ...context, component: { ...context.component, image: "elsewhere" } };
    expect(await pushArtifact(elsewhere, CONTENT)).toEqual({ manifest, found: false });
    const { annotations } = JSON.parse(Buffer.from(manifest.content).toString("utf8"));
    expect(annotations).toEqual({
      "org.opencontainers.image.created": "2026-05-01T01:00:00Z",
      "org.opencontainers.image.revision": context.tag.commit,
      "org.opencontainers.image.source": "https://git.example.com/team/source.git",
      "org.opencontainers.image.title": "thing",
      "org.opencontainers.image.version": "1.0.0",
    });
  });

  it("is what was pushed first when another machine was faster", async () => {
    const context = await contextFor("1.1.0");
    const { manifest } = await pushArtifact(context, CONTENT);
    const layers = [{ mediaType: "text/plain", content: Buffer.from("two\n") }];
    const second = await pushArtifact(context, { ...CONTENT, layers });
    expect(second).toEqual({ manifest, found: true });
    expect(await findArtifact(context, BINARIES)).toEqual(manifest);
  });

  it("is refused with version-taken when its tag names something of another commit or kind", async () => {
    const context = await contextFor("2.0.0");
    await pushArtifact(context, CONTENT);
    const other = { ...context, tag: { ...context.tag, commit: "0".repeat(40) } };
    expect(await problemsOf(findArtifact(other, BINARIES))).toMatchObject([
      {
        code: "version-taken",
        message: expect.stringMatching(
          /^thing@2\.0\.0: found slipwaydev\.azurecr\.io\/thing:2\.0\.0 \(sha256:.*revision is [0-9a-f]{40}, expected 0{40}: /,
        ),
      },
    ]);
    expect(await problemsOf(findArtifact(context, HELM_CONFIG))).toMatchObject([
      { code: "version-taken", message: expect.stringContaining(`its type is ${BINARIES}`) },
    ]);
  });

  it("fails with registry-unreachable when nothing listens there", async () => {
    const nowhere = worldOf(`http://127.0.0.1:${await freePort()}`);
    const context = { ...(await contextFor("3.0.0")), ...nowhere };
    expect(await problemsOf(findArtifact(context, BINARIES))).toMatchObject([
      {
        code: "registry-unreachable",
        message: expect.stringMatching(
          /^slipwaydev\.azurecr\.io could not be read: .*ECONNREFUSED.*; correct that, then run the same command again$/,
        ),
      },
    ]);
  });

  it("has no tag when the registry fails half-way through a layer, and has it the next time", async () => {
    const context = await contextFor("4.0.0");
    const large = Buffer.alloc(1024 * 1024, "4.0.0");
    const content = { ...CONTENT, layers: [{ mediaType: "text/plain", content: large }] };
    let cuts = 0;
    const cutting = await serveHttp((request, response) => {
      if (request.method !== "PATCH") return forward(request, response);
      cuts += 1;
      request.once("data", () => response.destroy());
    });
    const failing = { ...context, ...worldOf(cutting) };
    expect(await problemsOf(pushArtifact(failing, content))).toMatchObject([
      {
        code: "registry-unreachable",
        message: expect.stringMatching(/^slipwaydev\.azurecr\.io could not be written: /),
      },
    ]);
    expect(cuts).toBeGreaterThan(0);
    expect(await findArtifact(context, BINARIES)).toBeUndefined();
    const { manifest } = await pushArtifact(context, content);
    expect(await findArtifact(context, BINARIES)).toEqual(manifest);
  });
});

async function contextFor(version: string): Promise<KindContext> {
  const remote = await startRemote();
  const commit = await remote.commit("feat: start");
  const context = await contextOf(remote, { kind: "binaries", version, commit });
  return { ...context, ...worldOf(registry.endpoint) };
}

/** Where the registry is. */
function worldOf(endpoint: string): Pick<KindContext, "env" | "endpoints"> {
  const env = { SLIPWAY_ENDPOINTS: JSON.stringify({ "*.azurecr.io": `${endpoint}/*` }) };
  return { env, endpoints: endpointMapFrom(env) };
}

/** To the registry, with the host as it was asked for: its own addresses lead back then. */
function forward(request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = "/" } = request;
  const onward = send(new URL(url, registry.endpoint), { method, headers });
  request.pipe(onward);
  onward.once("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
}
