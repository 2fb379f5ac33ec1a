import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { attestedPayloads } from "../../attest/index.ts";
import { packPackage } from "../../capsule/archive.ts";
import { buildCapsule } from "../../capsule/contract.ts";
import { pushCapsule, sourceOf } from "../../capsule/registry/index.ts";
import type { CapsuleVerdict } from "../../capsule/verify/index.ts";
import { signCapsule } from "../../releasing/sign-capsule.ts";
import { BIN } from "../cli/bin.ts";
import {
  attested,
  COMMIT,
  component,
  cosignVerify,
  hostOf,
  type KeyPair,
  makeKeys,
  publicKeyOf,
  release,
} from "./attest-world.ts";
import { bothRegistries, PREFIX, REGISTRY, type TestRegistry } from "./registries.ts";
import { tool } from "./sandbox-parts.ts";

const CAPSULE = `${REGISTRY}/${component.image}-capsule`;

const { kinds } = bothRegistries();
let keys: KeyPair;
let others: KeyPair;

beforeAll(async () => {
  [keys, others] = [await makeKeys(), await makeKeys()];
});

afterAll(async () => {
  await Promise.all([keys.remove(), others.remove()]);
});

describe.each(kinds)("slipway capsule verify, on a registry %s", (_, registry) => {
  it("passes a release that was attested and signed, and reads no package", async () => {
    const made = await pushed(registry(), "1.0.0", COMMIT);
    expect(await signCapsule(made.signing)).toBe(true);
    expect(await signCapsule(made.signing)).toBe(false);
    expect(
      await cosignVerify("verify", made.reference, keys.env.SLIPWAY_VERIFICATION_KEY),
    ).toMatchObject({ ok: true });
    const before = registry().requests.length;
    for (const ref of [`${CAPSULE}:git-${COMMIT}`, `${CAPSULE}@${made.digest}`]) {
      const { exitCode, verdict } = await verify(registry(), ref);
      expect(verdict.checks.map(({ name, verdict: each }) => `${name}: ${each}`)).toEqual([
        "manifest: passed",
        "identity: passed",
        "image: passed",
        "provenance: passed",
        "sbom: passed",
        "signature: passed",
        "freight: skipped",
      ]);
      expect({ exitCode, digest: verdict.digest }).toEqual({ exitCode: 0, digest: made.digest });
    }
    const requests = registry().requests.slice(before);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter((line) => line.includes(made.packageDigest))).toEqual([]);
  });

  it("takes a signature in cosign's former form, under a tag", async () => {
    const commit = "1".repeat(40);
    const made = await pushed(registry(), "1.1.0", commit);
    const refused = await verify(registry(), `${CAPSULE}:git-${commit}`);
    expect(refused).toMatchObject({ exitCode: 3, verdict: { ok: false } });
    const offline = ["--use-signing-config=false", "--tlog-upload=false", "--yes"];
    const former = ["--new-bundle-format=false", `--key=${keys.env.SLIPWAY_SIGNING_KEY}`];
    await execa(tool("cosign"), ["sign", ...offline, ...former, made.reference], {
      env: keys.env,
    });
    const { exitCode, verdict } = await verify(registry(), `${CAPSULE}:git-${commit}`);
    expect(verdict.checks.find(({ name }) => name === "signature")).toEqual({
      name: "signature",
      verdict: "passed",
      evidence: `signed by SLIPWAY_VERIFICATION_KEY, under ${made.digest.replace(":", "-")}.sig`,
    });
    expect(exitCode).toBe(0);
  });

  it("exits 3 for another key, and 1 where none is named", async () => {
    const commit = "2".repeat(40);
    const made = await pushed(registry(), "1.2.0", commit);
    await signCapsule({ ...made.signing, env: { ...made.signing.env, ...others.env } });
    const ref = `${CAPSULE}:git-${commit}`;
    const { exitCode, verdict } = await verify(registry(), ref);
    expect(verdict.checks.filter(({ code }) => code !== undefined)).toMatchObject([
      { name: "signature", verdict: "refused", code: "signature-invalid" },
    ]);
    expect(exitCode).toBe(3);
    const none = await verify(registry(), ref, { SLIPWAY_VERIFICATION_KEY: "" });
    expect(none.verdict.checks.find(({ name }) => name === "signature")).toMatchObject({
      verdict: "unknown",
      code: "signing-key",
    });
    expect(none.exitCode).toBe(1);
  });

  it("goes by the policy and the release that are named", async () => {
    const commit = "3".repeat(40);
    const made = await pushed(registry(), "1.3.0", commit);
    await signCapsule(made.signing);
    const folder = mkdtempSync(join(tmpdir(), "slipway-policy-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const pem = (await publicKeyOf(keys)).trimEnd().replaceAll("\n", "\n    ");
    const write = (name: string) => {
      const keyed = `schema_version: 1\nkeys:\n  releases: |\n    ${pem}\n`;
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, `${keyed}signers:\n  ${name}: [releases]\n`);
      return file;
    };
    const [mine, theirs] = [write(component.name), write("aurora-webapp")];
    const ref = `${CAPSULE}:git-${commit}`;
    const asked = ["--release", `${component.name}@1.3.0`];
    const env = { SLIPWAY_VERIFICATION_KEY: "" };
    const accepted = await verify(registry(), ref, env, ["--policy", mine, ...asked]);
    expect(accepted).toMatchObject({ exitCode: 0, verdict: { ok: true } });
    const refused = await verify(registry(), ref, env, ["--policy", theirs, ...asked]);
    expect(refused).toMatchObject({ exitCode: 3, verdict: { ok: false } });
    const other = await verify(registry(), ref, {}, ["--release", `${component.name}@1.0.0`]);
    expect(other.exitCode).toBe(3);
  });
});

/** Builds, attests, packs and pushes one release. */
async function pushed(registry: TestRegistry, version: string, commit: string) {
  const released = await release(registry, keys.env, version, commit);
  const { attestations = {} } = await attested(released);
  const { env } = released.request;
  const { digest } = released.artifact;
  const payloads = await attestedPayloads({
    release: `${component.name}@${version}`,
    image: { registry: REGISTRY, repository: component.image },
    subject: { digest, commit },
    attestations,
    env,
  });
  const file = { path: "package/kustomization.yaml", executable: false, content: Buffer.from("") };
  const capsule = buildCapsule({
    identity: {
      component: component.name,
      version,
      repository: component.repository.url,
      path: component.path,
      commit,
      created: "2026-06-22T10:00:00Z",
    },
    image: { ref: `${REGISTRY}/${component.image}:git-${commit}`, digest },
    package: { kind: "kustomize", path: "package", packed: await packPackage([file], 0), files: 1 },
    ...payloads,
  });
  const { repository } = await pushCapsule({ source: sourceOf(capsule, "memory"), env });
  return {
    digest: capsule.digest,
    packageDigest: capsule.layers[0]?.digest ?? "",
    /** As clients on this machine name it. */
    reference: `${hostOf(registry)}/${PREFIX}/${repository}@${capsule.digest}`,
    signing: { registry: REGISTRY, repository, digest: capsule.digest, commit, env },
  };
}

async function verify(
  registry: TestRegistry,
  ref: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<{ exitCode: number | undefined; verdict: CapsuleVerdict }> {
  const { SLIPWAY_VERIFICATION_KEY } = keys.env;
  const { exitCode, stdout } = await execa(
    process.execPath,
    [BIN, "capsule", "verify", ref, "--json", ...args],
    {
      // Where there is no checkout.
      cwd: tmpdir(),
      env: { ...registry.env, SLIPWAY_VERIFICATION_KEY, ...env },
      reject: false,
    },
  );
  return { exitCode, verdict: JSON.parse(stdout) };
}
