import { describe, expect, it } from "vitest";
import { finishRecords } from "../../cli/up/finish.ts";
import { loadRegistry } from "../../registry/index.ts";
import { tempCheckout } from "../fixtures/checkout.ts";
import { DIGEST } from "./fixtures.ts";

describe("finishRecords", () => {
  it("writes the records that were built, and leaves one alone whose build has no output", async () => {
    const checkout = await tempCheckout();
    const registry = loadRegistry(checkout.root, () => {});
    if (registry === undefined) throw new Error("no registry");
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const before = checkout.tree();
    const written = await finishRecords({
      root: checkout.root,
      registry,
      server: "slipwaydev.azurecr.io",
      builds: {
        "orbit-webapp@1.4.0": { digest: DIGEST, size: 402, mediaType },
        "orbit-webapp@1.4.1": {},
      },
      builder: "acr",
      env: {},
      note: () => {},
    });
    const file = "releases/orbit-webapp/v1.4.0/release.yaml";
    expect(written).toEqual([file]);
    const after = checkout.tree();
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed).toEqual([file]);
  });
});
