import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { containerBuilder } from "../../releasing/kinds/container.ts";
import { serveHttp } from "../fixtures/http.ts";
import { contextOf, problemsOf } from "../releasing/kinds/context.ts";
import { startRemote } from "../source/remote.ts";
import { pushImage } from "./attest-world.ts";
import { startPlainRegistry, type TestRegistry } from "./registries.ts";

let registry: TestRegistry;

beforeAll(async () => {
  registry = await startPlainRegistry();
});

afterAll(() => registry.close());

/** For what must not build. */
const builder = containerBuilder(() => Promise.reject(new Error("built")));

describe("containerBuilder", () => {
  it("adopts an image under the commit's tag, and gives it the version's", async () => {
    const context = await contextFor("1.0.0");
    const { commit } = context.tag;
    expect(await builder.find(context)).toBeUndefined();
    const digest = await pushImage(registry, "one", [`git-${commit}`], labels("1.0.0", commit));
    expect(await builder.find(context)).toBeUndefined();
    const adopted = await builder.build(context);
    expect(adopted).toMatchObject({ artifact: { digest }, found: true });
    expect(await builder.find(context)).toEqual({ artifact: adopted.artifact });
  });

  it("builds where there is no image", async () => {
    const context = await contextFor("2.0.0");
    await expect(builder.build(context)).rejects.toThrow("built");
  });

  it("refuses an image of another version under the commit's tag", async () => {
    const context = await contextFor("3.0.0");
    const { commit } = context.tag;
    await pushImage(registry, "three", [`git-${commit}`], labels("2.9.0", commit));
    expect(await problemsOf(builder.build(context))).toMatchObject([{ code: "build-failed" }]);
  });

  it("says that the registry could not be read", async () => {
    const origin = await serveHttp((_, response) => response.writeHead(403).end());
    const context = await contextFor("4.0.0", origin);
    expect(await problemsOf(builder.find(context))).toMatchObject([
      { code: "registry-unreachable", message: expect.stringMatching(/^slipwaydev\.azurecr\.io/) },
    ]);
  });
});

async function contextFor(version: string, endpoint = registry.endpoint) {
  const remote = await startRemote();
  const commit = await remote.commit(`feat: version ${version}`);
  const endpoints = {
    ...JSON.parse(remote.env.SLIPWAY_ENDPOINTS ?? ""),
    "*.azurecr.io": `${endpoint}/*`,
  };
  const env = { SLIPWAY_ENDPOINTS: JSON.stringify(endpoints) };
  const component = { image: "orbit-webapp" };
  return contextOf(remote, { kind: "container", version, commit, component, env });
}

function labels(version: string, commit: string): Record<string, string> {
  return {
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": commit,
  };
}
