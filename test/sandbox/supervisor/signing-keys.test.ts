import { createPublicKey } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { releaseKeys } from "../../../attest/index.ts";
import { signingKeys } from "../../../sandbox/supervisor/signing-keys.ts";
import { tool } from "../../integration/sandbox-parts.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "slipway-signing-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe("signingKeys", () => {
  it("makes one pair when it is asked twice at once, and keeps it", async () => {
    const directory = join(root, "signing");
    const [one, other] = await Promise.all([signingKeys(directory), signingKeys(directory)]);
    expect(other).toEqual(one);
    expect(readdirSync(root)).toEqual(["signing"]);
    const made = readFileSync(one.SLIPWAY_VERIFICATION_KEY, "utf8");
    expect(await signingKeys(directory)).toEqual(one);
    expect(readFileSync(one.SLIPWAY_VERIFICATION_KEY, "utf8")).toBe(made);
  });

  it("makes a pair that cosign signs and verifies with", async () => {
    const { COSIGN_PASSWORD, ...files } = await signingKeys(join(root, "signing"));
    expect(statSync(files.SLIPWAY_SIGNING_KEY).mode & 0o777).toBe(0o600);
    const [blob, bundle] = [join(root, "blob"), join(root, "bundle.json")];
    writeFileSync(blob, "signed");
    const offline = ["--use-signing-config=false", "--tlog-upload=false", "--yes"];
    const signing = [`--key=${files.SLIPWAY_SIGNING_KEY}`, `--bundle=${bundle}`];
    const env = { COSIGN_PASSWORD };
    await execa(tool("cosign"), ["sign-blob", ...offline, ...signing, blob], { env });
    const checking = [`--key=${files.SLIPWAY_VERIFICATION_KEY}`, `--bundle=${bundle}`];
    const verify = ["verify-blob", ...checking, "--insecure-ignore-tlog=true", blob];
    expect((await execa(tool("cosign"), verify)).stderr).toContain("Verified OK");
    writeFileSync(blob, "another");
    expect((await execa(tool("cosign"), verify, { reject: false })).failed).toBe(true);
  });

  it("names both halves as releases look for them", async () => {
    const variables = await signingKeys(join(root, "signing"));
    const keys = releaseKeys({ ...process.env, ...variables });
    expect(await keys.signingKey()).toBe(variables.SLIPWAY_SIGNING_KEY);
    const written = createPublicKey(readFileSync(variables.SLIPWAY_VERIFICATION_KEY));
    expect((await keys.publicKey()).equals(written)).toBe(true);
  });
});
