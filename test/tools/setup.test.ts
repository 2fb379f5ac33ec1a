import { readdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silent } from "../../tools/progress.mjs";
import { checkNode, ensure, setUp, toolCacheDir } from "../../tools/setup.mjs";
import { program, temporaryCache, temporaryFolder } from "./helpers.ts";

beforeEach(() => {
  // A cache that has every tool but `az`, and a Python that cannot help.
  const real = toolCacheDir();
  const cache = temporaryCache();
  for (const name of readdirSync(real)) {
    if (["az", "locks", "tmp", "go"].includes(name)) continue;
    symlinkSync(path.join(real, name), path.join(cache, name));
  }
  const bin = temporaryFolder();
  program(bin, "python3", "echo no module named venv >&2; exit 1");
  vi.stubEnv("PATH", `${bin}${path.delimiter}${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("setUp", () => {
  it("reports a test client that cannot be had, and sets up the others", async () => {
    vi.stubEnv("CI", "");
    const note = vi.fn();
    const { paths, missing } = await setUp("test", { progress: { ...silent, note } });
    expect(missing.az).toMatch(/no module named venv[\s\S]*Next: check that Python/);
    expect(paths).toHaveProperty("crane");
    expect(paths).not.toHaveProperty("az");
    expect(note.mock.calls.flat().join("\n")).toMatch(/^az could not be set up, so its tests/m);
  });

  it("fails for it in CI", async () => {
    vi.stubEnv("CI", "true");
    const failure = setUp("test", { progress: silent });
    await expect(failure).rejects.toMatchObject({ code: "install_failed" });
  });

  it("does not ask for test clients to run", async () => {
    vi.stubEnv("CI", "true");
    const { paths, missing } = await setUp("run", { progress: silent });
    expect(missing).toEqual({});
    expect(paths).not.toHaveProperty("az");
  });

  it.runIf(process.platform === "linux")(
    "says at once that its BuildKit needs root, where there is no other",
    async () => {
      vi.stubEnv("BUILDKIT_HOST", "");
      vi.stubEnv("DOCKER_HOST", "");
      const bin = temporaryFolder();
      program(bin, "docker", "exit 1");
      vi.stubEnv("PATH", `${bin}${path.delimiter}${process.env.PATH}`);
      vi.spyOn(process, "getuid").mockReturnValue(1000);
      const failure = setUp("run", { progress: silent });
      await expect(failure).rejects.toMatchObject({ code: "unsupported" });
      await expect(failure).rejects.toThrow(/needs root, and this is user 1000: .*BUILDKIT_HOST/);
      vi.stubEnv("BUILDKIT_HOST", "unix:///run/other.sock");
      expect((await setUp("run", { progress: silent })).paths).toHaveProperty("pulumi");
    },
  );
});

describe("an engine that the user brought", () => {
  it("stops the set-up when it is too old, before anything is built", async () => {
    const bin = temporaryFolder();
    for (const name of ["pulumi", "pulumi-language-nodejs"]) program(bin, name, "echo v3.187.0");
    vi.stubEnv("PATH", `${bin}${path.delimiter}${process.env.PATH}`);
    const failure = setUp("run", { progress: silent });
    await expect(failure).rejects.toMatchObject({ code: "unsupported" });
    await expect(failure).rejects.toThrow(/found pulumi v3\.187\.0 .*expected version 3\./);
  });
});

describe("checkNode", () => {
  it.each(["18.20.8", "20.11.1", "20.18.3"])(
    "refuses Node.js %s and names the least",
    (version) => {
      expect(() => checkNode(version)).toThrow(
        `Node.js ${version} is too old: install Node.js 20.19.0 or newer`,
      );
    },
  );

  it.each(["20.19.0", "20.20.2", "22.0.0", "24.1.0"])("takes Node.js %s", (version) => {
    expect(() => checkNode(version)).not.toThrow();
  });
});

describe("ensure", () => {
  it("fails for any tool that it cannot have", async () => {
    await expect(ensure(["az"], { progress: silent })).rejects.toThrow(/no module named venv/);
  });

  it("leaves the builder's daemon and runc out where one runs already", async () => {
    vi.stubEnv("BUILDKIT_HOST", "unix:///run/other.sock");
    const paths = await ensure(["runc", "buildkitd", "buildctl"], { progress: silent });
    expect(Object.keys(paths)).toEqual(["buildctl"]);
  });

  it("names the tools that there are when asked for another", async () => {
    const failure = ensure(["maven"], { progress: silent });
    await expect(failure).rejects.toMatchObject({ code: "usage" });
    await expect(failure).rejects.toThrow(/no tool "maven": expected one of git, runc/);
  });
});
