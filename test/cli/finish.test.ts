import { describe, expect, it } from "vitest";
import { type FinishRequest, finishRecords } from "../../cli/up/finish.ts";
import { loadRegistry } from "../../registry/index.ts";
import { tempCheckout } from "../fixtures/checkout.ts";
import { DIGEST } from "./fixtures.ts";

const BUILT = {
  digest: DIGEST,
  size: 402,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
};

describe("finishRecords", () => {
  it("writes the records that were built, and leaves one alone whose build has no output", async () => {
    const { checkout, changed, request } = await start();
    const written = await finishRecords({
      ...request,
      builds: { "aurora-webapp@3.0.0": BUILT, "aurora-webapp@3.1.0": {} },
    });
    const file = "releases/aurora-webapp/v3.0.0/release.yaml";
    expect(written).toEqual([file]);
    expect(changed()).toEqual([file]);
    expect(checkout.read(file)).toContain(DIGEST);
  });

  it("leaves one pending that cannot be attested, says why, and writes the others", async () => {
    const { changed, request } = await start();
    const finishing = finishRecords({
      ...request,
      builds: { "orbit-webapp@1.4.0": BUILT, "registry-service@2026.07.0": BUILT },
    });
    const file = "releases/orbit-webapp/v1.4.0/release.yaml";
    await expect(finishing).rejects.toMatchObject({ problems: [{ code: "signing-key", file }] });
    expect(changed()).toEqual(["releases/registry-service/v2026.07.0/release.yaml"]);
  });

  async function start() {
    const checkout = await tempCheckout();
    const registry = loadRegistry(checkout.root, () => {});
    if (registry === undefined) throw new Error("no registry");
    const before = checkout.tree();
    const request: Omit<FinishRequest, "builds"> = {
      root: checkout.root,
      registry,
      server: "slipwaydev.azurecr.io",
      builder: "acr",
      source: () => Promise.reject(new Error("nothing is packed")),
      env: {},
      note: () => {},
    };
    const changed = () => {
      const after = checkout.tree();
      return Object.keys(after).filter((name) => after[name] !== before[name]);
    };
    return { checkout, request, changed };
  }
});
