import { createPublicKey } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { releaseKeys } from "../../attest/index.ts";
import { releaseTool } from "../../builds/tool.ts";
import { type SigningKeyVariables, signingKeys } from "../../sandbox/supervisor/signing-keys.ts";
import { problemsOf } from "../releasing/kinds/context.ts";

let root: string;
let pair: SigningKeyVariables;
let other: SigningKeyVariables;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "slipway-keys-"));
  pair = await signingKeys(join(root, "pair"));
  other = await signingKeys(join(root, "other"));
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("releaseKeys", () => {
  it("takes the public half from the private one where no other is named", async () => {
    const { SLIPWAY_VERIFICATION_KEY: file, ...signing } = pair;
    const keys = releaseKeys(envWith(signing));
    expect((await keys.publicKey()).equals(createPublicKey(readFileSync(file)))).toBe(true);
    expect(await keys.signingKey()).toBe(pair.SLIPWAY_SIGNING_KEY);
  });

  it("reads both halves from variables, and names these for cosign", async () => {
    const read = (name: keyof SigningKeyVariables) => readFileSync(pair[name], "utf8");
    const variables = {
      SLIPWAY_SIGNING_KEY: "env://MY_KEY",
      SLIPWAY_VERIFICATION_KEY: "env://MY_PUBLIC_KEY",
      MY_KEY: read("SLIPWAY_SIGNING_KEY"),
      MY_PUBLIC_KEY: read("SLIPWAY_VERIFICATION_KEY"),
    };
    const keys = releaseKeys(envWith({ ...pair, ...variables }));
    expect(keys.variables).toEqual(["MY_KEY", "MY_PUBLIC_KEY"]);
    expect(await keys.signingKey()).toBe("env://MY_KEY");
  });

  it("refuses a key where its name is expected, and does not repeat it", async () => {
    const secret = readFileSync(pair.SLIPWAY_SIGNING_KEY, "utf8");
    const open = async () => releaseKeys(envWith({ SLIPWAY_SIGNING_KEY: secret }));
    const problems = await problemsOf(open());
    expect(problems).toMatchObject([
      { code: "signing-key", message: expect.stringMatching(/^SLIPWAY_SIGNING_KEY holds a key/) },
    ]);
    expect(problems[0]?.message).not.toContain(secret.split("\n")[1]);
  });

  it("says which variable is missing, and what for", async () => {
    const none = releaseKeys(envWith({}));
    expect(await problemsOf(none.publicKey())).toMatchObject([
      {
        code: "signing-key",
        message: expect.stringMatching(/^SLIPWAY_VERIFICATION_KEY is not set/),
      },
    ]);
    const { SLIPWAY_SIGNING_KEY: _, ...checking } = pair;
    const half = releaseKeys(envWith(checking));
    expect(await problemsOf(half.signingKey())).toMatchObject([
      { code: "signing-key", message: expect.stringMatching(/^SLIPWAY_SIGNING_KEY is not set/) },
    ]);
  });

  it("refuses halves of two pairs", async () => {
    const { SLIPWAY_VERIFICATION_KEY } = other;
    const keys = releaseKeys(envWith({ ...pair, SLIPWAY_VERIFICATION_KEY }));
    expect(await problemsOf(keys.signingKey())).toMatchObject([
      { code: "signing-key", message: expect.stringContaining("is not the other half of") },
    ]);
  });

  it("refuses what is no public key", async () => {
    const file = join(root, "text.pub");
    writeFileSync(file, "no key\n");
    for (const key of [file, join(root, "nowhere.pub"), "env://NOT_SET"]) {
      const keys = releaseKeys(envWith({ SLIPWAY_VERIFICATION_KEY: key }));
      expect(await problemsOf(keys.publicKey())).toMatchObject([
        { code: "signing-key", message: expect.stringContaining(`is ${key}, where no public key`) },
      ]);
    }
  });

  it("says that a password may be wrong", async () => {
    const keys = releaseKeys(envWith({ ...pair, COSIGN_PASSWORD: "wrong" }));
    expect(await problemsOf(keys.signingKey())).toMatchObject([
      { code: "signing-key", message: expect.stringContaining("is COSIGN_PASSWORD its password?") },
    ]);
  });
});

describe("the cosign on PATH", () => {
  it("is asked for where none is set up", () => {
    vi.stubEnv("SLIPWAY_TOOLS", join(root, "tools"));
    vi.stubEnv("PATH", root);
    expect(() => releaseTool("cosign")).toThrow(
      expect.objectContaining({
        code: "tool-missing",
        message: expect.stringMatching(/^cosign is/),
      }),
    );
  });

  it("is refused when it is too old to know our flags", async () => {
    const bin = join(root, "bin");
    mkdirSync(bin);
    const script = '#!/bin/sh\necho "Error: unknown flag: --use-signing-config" >&2\nexit 1\n';
    writeFileSync(join(bin, "cosign"), script);
    chmodSync(join(bin, "cosign"), 0o755);
    vi.stubEnv("SLIPWAY_TOOLS", join(root, "tools"));
    vi.stubEnv("PATH", `${bin}${delimiter}${process.env.PATH}`);
    const { SLIPWAY_VERIFICATION_KEY: _, ...signing } = pair;
    const keys = releaseKeys(envWith(signing));
    expect(await problemsOf(keys.publicKey())).toMatchObject([
      { code: "tool-missing", message: expect.stringContaining("is too old (unknown flag") },
    ]);
  });
});

function envWith(variables: Readonly<Record<string, string>>): Record<string, string | undefined> {
  return { PATH: process.env.PATH, HOME: root, ...variables };
}
