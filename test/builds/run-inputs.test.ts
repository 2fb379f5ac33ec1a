import { describe, expect, it } from "vitest";
import { parseRegistryId } from "../../builds/plugin/properties.ts";
import { checkRunInputs, diffRun } from "../../builds/plugin/run-inputs.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const OTHER = "1123456789abcdef0123456789abcdef01234567";
const REGISTRY =
  "/subscriptions/00000000-0000-4000-8000-736c69707761/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/slipwayDev";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const inputs = {
  registryId: REGISTRY,
  taskName: "orbit-webapp",
  component: "orbit-webapp",
  version: "1.2.0",
  commit: COMMIT,
  context: `https://git.example.com/platform/platform.git#${COMMIT}:services/orbit-webapp`,
  image: "orbit-webapp",
  created: "2026-07-06T00:00:00Z",
  source: "https://git.example.com/platform/platform.git",
  latest: true,
};

describe("checkRunInputs", () => {
  it("accepts a run, with and without a digest, and what is not known yet", () => {
    expect(checkRunInputs(inputs)).toEqual([]);
    expect(checkRunInputs({ ...inputs, expectedDigest: `sha256:${"a".repeat(64)}` })).toEqual([]);
    expect(checkRunInputs({ ...inputs, registryId: UNKNOWN, context: UNKNOWN })).toEqual([]);
  });

  it.each([
    ["registryId", "/subscriptions/x"],
    ["registryId", undefined],
    ["taskName", "a b c d e"],
    ["component", "Orbit"],
    ["version", "1.2.0+build"],
    ["commit", COMMIT.slice(1)],
    ["commit", COMMIT.toUpperCase()],
    ["context", `http://git.example.com/platform.git#${COMMIT}`],
    ["context", "https://git.example.com/platform/platform.git#main:services"],
    ["context", `https://git.example.com/platform/platform.git#${OTHER}:services`],
    ["image", "Orbit Webapp"],
    ["created", "yesterday now"],
    ["source", "https://git.example.com/$Registry"],
    ["latest", "true"],
    ["expectedDigest", `sha256:${"A".repeat(64)}`],
    ["token", "secret"],
  ])("refuses %s = %j by its name alone", (property, value) => {
    const failures = checkRunInputs({ ...inputs, [property]: value });
    expect(failures.map((failure) => failure.property)).toEqual([property]);
  });
});

describe("diffRun", () => {
  const state = { ...inputs, runId: "ca1", digest: `sha256:${"a".repeat(64)}`, adopted: false };

  it("is none when nothing, or nothing about the image, has changed", () => {
    for (const change of [
      {},
      { latest: false },
      { expectedDigest: state.digest },
      { taskName: "another" },
      { created: "2026-07-07T00:00:00Z" },
      { source: "https://git.example.com/other.git" },
      { registryId: REGISTRY.toLowerCase() },
    ]) {
      expect(diffRun(state, { ...inputs, ...change })).toEqual({ changes: false, replaces: [] });
    }
  });

  it.each([
    ["registryId", REGISTRY.replace("slipwayDev", "another")],
    ["image", "other"],
    ["component", "other"],
    ["version", "1.2.1"],
    ["commit", OTHER],
    ["context", `https://git.example.com/other.git#${COMMIT}`],
  ])("replaces when %s changes", (property, value) => {
    const diff = diffRun(state, { ...inputs, [property]: value });
    expect(diff).toEqual({ changes: true, replaces: [property] });
  });
});

describe("parseRegistryId", () => {
  it("names the registry as Azure does: the login server in lower case", () => {
    expect(parseRegistryId(REGISTRY)).toEqual({
      subscriptionId: "00000000-0000-4000-8000-736c69707761",
      resourceGroup: "rg",
      registryName: "slipwayDev",
      loginServer: "slipwaydev.azurecr.io",
    });
  });
});
