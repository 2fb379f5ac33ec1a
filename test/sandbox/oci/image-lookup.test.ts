import { describe, expect, it } from "vitest";
import { locateImage } from "../../../sandbox/oci/image-lookup.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;

describe("locateImage", () => {
  it.each([
    ["slipwaydev.azurecr.io/orbit-webapp:1.4.1", "slipwaydev/orbit-webapp", "1.4.1"],
    [`slipwaydev.azurecr.io/orbit-webapp@${DIGEST}`, "slipwaydev/orbit-webapp", DIGEST],
    ["SlipwayDev.azurecr.io/a/b_c/d.e:x", "slipwaydev/a/b_c/d.e", "x"],
    ["slipwaydev.azurecr.io/a", "slipwaydev/a", "latest"],
  ])("finds %s", (reference, repository, found) => {
    expect(locateImage(reference)).toEqual({ repository, reference: found });
  });

  it.each([
    "node:20",
    "registry.example.com/a/b:1",
    "slipwaydev.azurecr.io/../library/node:20",
    "slipwaydev.azurecr.io/A:1",
    `slipwaydev.azurecr.io/a@${DIGEST.toUpperCase()}`,
    `slipwaydev.azurecr.io/a:1@${DIGEST}`,
    "slipwaydev.azurecr.io/a?n=1",
    "slipwaydev.azurecr.io.example.com/a:1",
    "",
  ])("does not take %j for an image of an Azure registry", (reference) => {
    expect(locateImage(reference)).toBeUndefined();
  });
});
