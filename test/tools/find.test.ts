import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeScratch, publish } from "../../tools/cache.mjs";
import { GO_TOOLS } from "../../tools/catalogue.mjs";
import { type Entry, goEntry, launcherEntry } from "../../tools/entries.mjs";
import { findBuildKit, findTool, locateTool, toolsEnvPath, whyMissing } from "../../tools/find.mjs";
import { program, temporaryCache, temporaryFolder } from "./helpers.ts";

afterEach(() => vi.unstubAllEnvs());

function fill(entry: Entry): void {
  const scratch = makeScratch(entry.id);
  for (const bin of entry.bins) writeFileSync(path.join(scratch, bin), bin);
  publish(scratch, entry);
}

function builtPulumi(): Entry {
  if (!GO_TOOLS.pulumi) throw new Error("the catalogue has no pulumi");
  return goEntry(GO_TOOLS.pulumi);
}

describe("findTool", () => {
  it("takes pulumi from PATH only together with its language host", () => {
    temporaryCache();
    const bin = temporaryFolder();
    vi.stubEnv("PATH", bin);
    const engine = program(bin, "pulumi", "");
    expect(findTool("pulumi")).toBeUndefined();
    const elsewhere = temporaryFolder();
    vi.stubEnv("PATH", `${bin}${path.delimiter}${elsewhere}`);
    program(elsewhere, "pulumi-language-nodejs", "");
    expect(findTool("pulumi")).toBeUndefined();
    const host = program(bin, "pulumi-language-nodejs", "");
    expect(findTool("pulumi")).toBe(engine);
    expect(findTool("pulumi-language-nodejs")).toBe(host);
  });

  it("takes pulumi from PATH first, then from npm's launcher, then as built", () => {
    temporaryCache();
    const bin = temporaryFolder();
    vi.stubEnv("PATH", bin);
    fill(builtPulumi());
    expect(locateTool("pulumi")?.from).toBe("built");
    fill(launcherEntry());
    expect(locateTool("pulumi")?.from).toBe("npm");
    for (const name of ["pulumi", "pulumi-language-nodejs"]) program(bin, name, "");
    expect(locateTool("pulumi")?.from).toBe("path");
  });

  it("takes no built tool from PATH, whose version nobody knows", () => {
    temporaryCache();
    const bin = temporaryFolder();
    vi.stubEnv("PATH", bin);
    program(bin, "registry", "");
    expect(findTool("registry")).toBeUndefined();
  });

  it("knows nothing of other programs", () => {
    expect(findTool("sh")).toBeUndefined();
  });
});

describe("toolsEnvPath", () => {
  it("names the folders that PATH lacks, once each", () => {
    temporaryCache();
    const bin = temporaryFolder();
    vi.stubEnv("PATH", bin);
    for (const name of ["git", "runc"]) program(bin, name, "");
    fill(builtPulumi());
    expect(toolsEnvPath()).toBe(builtPulumi().dir);
  });
});

describe("findBuildKit", () => {
  it("is what BUILDKIT_HOST names", () => {
    vi.stubEnv("BUILDKIT_HOST", "tcp://builder:1234");
    expect(findBuildKit()).toEqual({ address: "tcp://builder:1234", from: "BUILDKIT_HOST" });
  });

  it("is a Docker engine's builder on the host's network", () => {
    vi.stubEnv("BUILDKIT_HOST", "");
    vi.stubEnv("DOCKER_HOST", "tcp://docker:1");
    const bin = temporaryFolder();
    vi.stubEnv("PATH", `${bin}${path.delimiter}${process.env.PATH}`);
    program(
      bin,
      "docker",
      `case "$1 $4" in
         "ps --format") printf 'buildx_buildkit_a0\\nbuildx_buildkit_b0\\n';;
         "inspect buildx_buildkit_a0") echo bridge;;
         "inspect buildx_buildkit_b0") echo host;;
       esac`,
    );
    const expected = { address: "docker-container://buildx_buildkit_b0", from: "Docker" };
    expect(findBuildKit()).toEqual(expected);
  });

  it("is nothing where Docker has no engine", () => {
    vi.stubEnv("BUILDKIT_HOST", "");
    vi.stubEnv("DOCKER_HOST", "tcp://docker:1");
    const bin = temporaryFolder();
    vi.stubEnv("PATH", bin);
    expect(findBuildKit()).toBeUndefined();
    program(bin, "docker", "exit 1");
    expect(findBuildKit()).toBeUndefined();
  });
});

describe("whyMissing", () => {
  it("is the reason that set-up gave, else how to set up", () => {
    temporaryCache();
    vi.stubEnv("SLIPWAY_MISSING_TOOLS", JSON.stringify({ az: "no Python" }));
    expect(whyMissing("az")).toBe("no Python");
    expect(whyMissing("crane")).toMatch(/run "node tools\/setup.mjs --for test"/);
  });

  it("is undefined when the tool is there", () => {
    const bin = temporaryFolder();
    vi.stubEnv("PATH", bin);
    program(bin, "skopeo", "");
    expect(whyMissing("skopeo")).toBeUndefined();
  });
});
