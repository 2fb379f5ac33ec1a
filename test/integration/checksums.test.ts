import { rmSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { binariesBuilder } from "../../releasing/kinds/binaries.ts";
import { contextOf, problemsOf } from "../releasing/kinds/context.ts";
import { startRemote } from "../source/remote.ts";
import { makeKeys } from "./attest-world.ts";
import { startPlainRegistry } from "./registries.ts";

it("a release of binaries says that cosign could not sign its checksums, and goes on from there", async () => {
  const registry = await startPlainRegistry();
  onTestFinished(() => registry.close());
  const [lost, keys] = [await makeKeys(), await makeKeys()];
  onTestFinished(() => lost.remove());
  onTestFinished(() => keys.remove());
  const remote = await startRemote();
  const commit = await remote.commit("feat: tool", { files: { "thing/dist/tool": "one\n" } });
  const attestations = { sbom: false, provenance: false, signature: true };
  const component = { image: "tools", binaries: { folder: "dist" }, attestations };
  const contextWith = async ({ env }: typeof keys) => {
    const { SLIPWAY_VERIFICATION_KEY: _, ...signing } = env;
    const more = { ...signing, ...registry.env };
    return contextOf(remote, { kind: "binaries", version: "1.0.0", commit, component, env: more });
  };

  // The public half is known by then.
  const note = (line: string) => {
    if (line.startsWith("signing")) rmSync(lost.env.SLIPWAY_SIGNING_KEY);
  };
  const failed = binariesBuilder.build({ ...(await contextWith(lost)), note });
  expect(await problemsOf(failed)).toMatchObject([
    { code: "attestation", message: expect.stringMatching(/^cosign could not sign/) },
  ]);
  const context = await contextWith(keys);
  expect(await binariesBuilder.find(context)).toBeUndefined();
  // What the first one pushed.
  const { found, ...built } = await binariesBuilder.build(context);
  expect(found).toBe(true);
  expect(await binariesBuilder.find(context)).toEqual(built);
});
