import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointMapFrom } from "../../builds/endpoints.ts";
import type { ArtifactKind, Component, ReleaseRecord } from "../../registry/index.ts";
import { kindBuilder } from "../../releasing/kinds/index.ts";
import { reproduce } from "../../releasing/reproduce/index.ts";
import { SOURCE_TOKEN } from "../../sandbox/git/host.ts";
import { contextOf } from "../releasing/kinds/context.ts";
import { type Remote, startRemote } from "../source/remote.ts";
import { startPlainRegistry, type TestRegistry } from "./registries.ts";

const WRITES = /^(PUT|POST|PATCH|DELETE) /;
const VERSION = "1.2.3";

let registry: TestRegistry;

beforeAll(async () => {
  registry = await startPlainRegistry();
});

afterAll(() => registry.close());

describe("reproduce", () => {
  it("packs a chart again, and names the files in it that differ", async () => {
    const released = await release("helm_chart", "charts/chart", {
      "thing/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.0.0\n",
      "thing/values.yaml": "replicas: 1\n",
    });
    expect((await released.again()).differences).toEqual([]);
    const changed = await released.again({ "thing/values.yaml": "replicas: 2\n" });
    expect(changed.differences).toMatchObject([{ layer: 0, path: "chart/values.yaml" }]);
    expect(changed.recorded).toBe(released.record.artifact?.digest);
  });

  it("builds binaries again, and names the files that differ", async () => {
    const build = 'const { mkdirSync, writeFileSync } = require("node:fs"); mkdirSync("dist");';
    const write = (text: string) => `${build}writeFileSync("dist/tool", ${JSON.stringify(text)});`;
    const binaries = { folder: "dist", command: ["node", "build.cjs"] };
    const files = { "thing/build.cjs": write("one") };
    const released = await release("binaries", "binaries", files, { binaries });
    expect((await released.again()).differences).toEqual([]);
    const changed = await released.again({ "thing/build.cjs": write("two") });
    expect(changed.differences).toMatchObject([
      { layer: 0, path: "checksums.txt" },
      { layer: 1, path: "tool" },
    ]);
  });

  it("works a module's sum out again", async () => {
    const path = "go.mod";
    const module = "module git.example.com/team/source/thing\n\ngo 1.24\n";
    const released = await release("go_module", "", { [`thing/${path}`]: module });
    const { sum } = released.record.module ?? {};
    expect(sum).toMatch(/^h1:/);
    expect(await released.again()).toEqual({ recorded: sum, rebuilt: sum, differences: [] });
    const changed = await released.again({ "thing/plan.go": "package thing\n" });
    expect(changed.differences).toEqual([
      { path: "module.sum", recorded: sum, rebuilt: changed.rebuilt },
    ]);
    expect(changed.rebuilt).toMatch(/^h1:/);
  });
});

/** A release that is pushed and tagged; `again` tags another commit instead, where it is given files. */
async function release(
  kind: ArtifactKind,
  image: string,
  files: Readonly<Record<string, string>>,
  changes: Partial<Component> = {},
) {
  const remote = await startRemote();
  const commit = await remote.commit("feat: begin", { files });
  const endpoints = {
    ...JSON.parse(remote.env.SLIPWAY_ENDPOINTS ?? ""),
    ...JSON.parse(registry.env.SLIPWAY_ENDPOINTS),
  };
  const env = { SLIPWAY_ENDPOINTS: JSON.stringify(endpoints) };
  const component = { image, ...changes };
  const context = await contextOf(remote, { kind, version: VERSION, commit, component, env });
  await remote.tag(context.tag.name, commit);
  const builder = await kindBuilder(kind, () => Promise.reject(new Error("no container")));
  const { artifact, module } = await builder.build(context);
  const record: ReleaseRecord = {
    file: `releases/thing/v${VERSION}/release.yaml`,
    component: "thing",
    version: VERSION,
    releasedAt: "2026-08-25",
    source: { repo: remote.repository.key, path: "thing", tag: context.tag.name, commit },
    target: kind,
    ...(artifact && { artifact: { ...artifact, repository: image, tag: VERSION } }),
    ...(module && { module }),
    status: "recorded",
  };
  return {
    record,
    async again(more?: Readonly<Record<string, string>>) {
      const at =
        more === undefined ? commit : await moved(remote, context.tag.name, { ...files, ...more });
      const before = registry.requests.length;
      const reproduction = await reproduce({
        records: context.records,
        component: context.component,
        record: { ...record, source: { ...record.source, commit: at } },
        token: SOURCE_TOKEN,
        endpoints: endpointMapFrom(env),
        env: { ...remote.env, ...env },
        note: () => {},
      });
      expect(registry.requests.slice(before).filter((line) => WRITES.test(line))).toEqual([]);
      return reproduction;
    },
  };
}

async function moved(
  remote: Remote,
  tag: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const commit = await remote.commit("feat: another", { files });
  await remote.git("tag", "--force", tag, commit);
  return commit;
}
