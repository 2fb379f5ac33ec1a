import { describe, expect, it } from "vitest";
import type { Component } from "../../registry/index.ts";
import { startRemote } from "../source/remote.ts";
import { component } from "./next-fixture.ts";
import { bench, plan, refusals } from "./release-fixture.ts";

const DOCKERFILE = { "app/Dockerfile": "FROM scratch\n" };
const PACKAGE = { "app/deploy/kustomization.yaml": "" };
const PACKAGED: Component = component({
  package: { kind: "kustomize", folder: "deploy", path: "." },
});

describe("planning the release of a component with a package", () => {
  it("names the capsule between image and record", async () => {
    const { state, commit } = await start({ ...DOCKERFILE, ...PACKAGE });
    const { steps } = await plan(state, { component: PACKAGED, version: "1.0.0" });
    expect(steps.slice(-2)).toEqual([
      {
        name: "capsule",
        what: `slipwaydev.azurecr.io/${PACKAGED.image}-capsule:git-${commit}`,
        done: false,
      },
      { name: "record", what: "releases/app/v1.0.0/release.yaml", done: false },
    ]);
  });

  it("refuses a commit without the package", async () => {
    const { state } = await start(DOCKERFILE);
    const [refusal, ...more] = await refusals(state, { component: PACKAGED, version: "1.0.0" });
    expect(refusal).toMatch(/^source-path: found nothing at app\/deploy/);
    expect(more).toEqual([]);
  });

  it("takes one that is tagged already as it is, and plans no capsule", async () => {
    const { state, remote, commit } = await start(DOCKERFILE);
    await remote.tag("app/v1.0.0", commit);
    state.world.source = await remote.open();
    const { steps } = await plan(state, { component: PACKAGED, version: "1.0.0" });
    expect(steps.map(({ name }) => name)).not.toContain("capsule");
  });

  it("refuses a package that cannot be packed, tagged or not", async () => {
    const files = { ...DOCKERFILE, "app/deploy/web.yaml": "" };
    const { state, remote, commit } = await start(files);
    const request = { component: PACKAGED, version: "1.0.0" };
    const expected = [expect.stringMatching(/^artifact-rule: .* has no kustomization.yaml/)];
    expect(await refusals(state, request)).toEqual(expected);
    await remote.tag("app/v1.0.0", commit);
    state.world.source = await remote.open();
    expect(await refusals(state, request)).toEqual(expected);
  });
});

async function start(files: Readonly<Record<string, string>>) {
  const remote = await startRemote();
  const commit = await remote.commit("feat: start", { files });
  return { remote, commit, state: await bench(remote) };
}
