import { describe, expect, it } from "vitest";
import type { ErrorDocument } from "../../cli/errors.ts";
import { type ReleaseOptions, releaseAny } from "../../cli/release/index.ts";
import type { PlatformRelease } from "../../releasing/platform.ts";
import { tempCheckout } from "../fixtures/checkout.ts";
import { json, slipway } from "./bin.ts";

const note = () => {};

describe("slipway release", () => {
  it.each<[what: string, options: Omit<ReleaseOptions, "note">, message: string]>([
    ["no name", { release: "@1.0.0" }, "is not <component>[@<version>]"],
    ["no version after the @", { release: "orbit-webapp@" }, "is not <component>[@<version>]"],
    ["two versions", { release: "orbit-webapp@1@2" }, "is not <component>[@<version>]"],
    ["--next and a version", { release: "orbit-webapp@1.5.0", next: true }, "leave @1.5.0 out"],
    ["--pre alone", { release: "orbit-webapp", pre: "rc" }, "are for --next"],
    ["--train alone", { release: "orbit-webapp", train: "1.4" }, "are for --next"],
    ["--env of a component", { release: "orbit-webapp", env: "dev" }, "is for platform@<version>"],
    ["a platform without a version", { release: "platform" }, "name the platform's version"],
    ["a platform's commit", { release: "platform@2", commit: "main" }, "without --commit"],
    ["a platform that comes next", { release: "platform@2", next: true }, "without --next"],
  ])("takes %s for misuse", async (_what, options, message) => {
    const { root } = await tempCheckout();
    const misuse = releaseAny({ ...options, cwd: root, note });
    await expect(misuse).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(message),
    });
  });

  it("names the components that there are", async () => {
    const { root } = await tempCheckout();
    const unknown = releaseAny({ release: "orbit@1.0.0", cwd: root, note });
    await expect(unknown).rejects.toMatchObject({
      code: "unknown-component",
      message: expect.stringContaining("orbit-webapp"),
    });
  });

  it("wants to know which stack, where several own a registry", async () => {
    const checkout = await tempCheckout();
    checkout.write("Pulumi.other.yaml", checkout.read("Pulumi.dev.yaml"));
    const release = "orbit-webapp@1.5.0";
    const unclear = releaseAny({ release, cwd: checkout.root, note });
    await expect(unclear).rejects.toMatchObject({ code: "usage" });
    const unknown = releaseAny({ release, stack: "third", cwd: checkout.root, note });
    await expect(unknown).rejects.toMatchObject({ code: "unknown-stack" });
  });

  it("freezes a platform, and finds it frozen", async () => {
    const { root, read } = await tempCheckout();
    const frozen = await json<PlatformRelease>(root, "release", "platform@9", "--env", "dev");
    expect(frozen.outcome).toBe("written");
    expect(frozen.pending).toContain("orbit-webapp");
    const text = read(frozen.file);
    const { stdout } = await slipway(root, "release", "platform@9", "--env", "dev");
    expect(stdout).toContain("platform@9 was released before");
    expect(stdout).toContain("orbit-webapp 1.4.0 (pending)\n");
    expect(stdout).toMatch(/^not built yet: .*\borbit-webapp@1\.4\.0\b.*; build with: slipway/m);
    expect(read(frozen.file)).toBe(text);
  });

  it("takes --next and --commit for misuse, and exits 2", async () => {
    const { root } = await tempCheckout();
    const args = ["release", "orbit-webapp", "--next", "--commit", "main", "--json"];
    const { exitCode, stdout } = await slipway(root, ...args);
    expect(exitCode).toBe(2);
    const { error }: ErrorDocument = JSON.parse(stdout);
    expect(error.code).toBe("usage");
  });
});
