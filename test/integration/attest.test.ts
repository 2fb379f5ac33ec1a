import { rmSync } from "node:fs";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { attest } from "../../attest/index.ts";
import { checkArtifacts } from "../../releasing/remote/index.ts";
import type { Problem } from "../../schemas/problem.ts";
import { problemsOf } from "../releasing/kinds/context.ts";
import {
  attested,
  COMMIT,
  component,
  cosignVerify,
  hostOf,
  type KeyPair,
  makeKeys,
  predicateIn,
  pushImage,
  release,
} from "./attest-world.ts";
import { bothRegistries, PREFIX } from "./registries.ts";
import { tool } from "./sandbox-parts.ts";

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const WRITES = /^(PUT|POST|PATCH|DELETE) /;

const { plain, kinds } = bothRegistries();
let keys: KeyPair;
let others: KeyPair;

beforeAll(async () => {
  [keys, others] = [await makeKeys(), await makeKeys()];
});

afterAll(async () => {
  await Promise.all([keys.remove(), others.remove()]);
});

describe.each(kinds)("attest, on a registry %s", (_, registry) => {
  it("attaches an SBOM, provenance and a signature that cosign verifies", async () => {
    const released = await release(registry(), keys.env, "1.0.0");
    const digests = await attest(released.request);
    expect(Object.keys(digests)).toEqual(["sbom", "provenance", "signature"]);
    for (const digest of Object.values(digests)) expect(digest).toMatch(DIGEST);
    const key = keys.env.SLIPWAY_VERIFICATION_KEY;
    expect(await cosignVerify("verify", released.reference, key)).toMatchObject({ ok: true });

    const spdx = await statementOf(released.reference, "spdxjson");
    expect(spdx.predicateType).toBe("https://spdx.dev/Document");
    const packages = JSON.stringify(spdx.predicate);
    expect(packages).toContain("pkg:npm/left-pad@1.3.0");
    expect(packages).not.toContain("127.0.0.1");

    const provenance = await statementOf(released.reference, "slsaprovenance1");
    expect(provenance).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      subject: [
        {
          name: "slipwaydev.azurecr.io/orbit-webapp",
          digest: { sha256: released.artifact.digest.slice("sha256:".length) },
        },
      ],
      predicate: {
        buildDefinition: {
          externalParameters: { version: "1.0.0", buildArgs: { EDITION: "full" } },
          resolvedDependencies: [{ digest: { gitCommit: COMMIT } }],
        },
      },
    });
  });

  it("names what crane finds: manifests of bundles about the image", async () => {
    const released = await release(registry(), keys.env, "1.1.0");
    const digests = await attest(released.request);
    for (const digest of Object.values(digests)) {
      const at = released.reference.replace(/@.*/, `@${digest}`);
      const { stdout } = await execa(tool("crane"), ["manifest", at]);
      expect(JSON.parse(stdout)).toMatchObject({
        artifactType: BUNDLE,
        config: { mediaType: "application/vnd.oci.empty.v1+json" },
        subject: { digest: released.artifact.digest },
        layers: [{ mediaType: BUNDLE }],
      });
    }
  });

  it("writes nothing and answers the same when it is all there", async () => {
    const released = await release(registry(), keys.env, "1.2.0");
    const first = await attest(released.request);
    const before = registry().requests.length;
    expect(await attest(released.request)).toEqual(first);
    // Without the private half: nothing is signed.
    const { SLIPWAY_SIGNING_KEY: _, ...env } = released.request.env;
    expect(await attest({ ...released.request, env })).toEqual(first);
    const requests = registry().requests.slice(before);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter((line) => WRITES.test(line))).toEqual([]);
  });

  it("adopts what cosign's own commands attached, and adds what is missing", async () => {
    const released = await release(registry(), keys.env, "1.3.0");
    const offline = ["--use-signing-config=false", "--tlog-upload=false", "--yes"];
    const key = `--key=${keys.env.SLIPWAY_SIGNING_KEY}`;
    const { env } = released.request;
    await execa(tool("cosign"), ["sign", ...offline, key, released.reference], { env });
    const input = '{"spdxVersion":"SPDX-2.3"}';
    const type = ["--type=spdxjson", "--predicate=-"];
    const args = ["attest", ...offline, key, ...type, released.reference];
    await execa(tool("cosign"), args, { env, input });
    const notes: string[] = [];
    await attest({ ...released.request, note: (line) => notes.push(line) });
    expect(notes).toEqual(["orbit-webapp@1.3.0: attaching provenance"]);
  });

  it("chooses the same of several, whenever it looks", async () => {
    const released = await release(registry(), keys.env, "1.4.0");
    const first = await attest(released.request);
    const offline = ["--use-signing-config=false", "--tlog-upload=false", "--yes"];
    const key = `--key=${keys.env.SLIPWAY_SIGNING_KEY}`;
    const { env } = released.request;
    for (let more = 0; more < 3; more++) {
      await execa(tool("cosign"), ["sign", ...offline, key, released.reference], { env });
    }
    const chosen = await attest(released.request);
    expect(await attest(released.request)).toEqual(chosen);
    expect(chosen.sbom).toBe(first.sbom);
  });

  it("leaves out what is not asked for", async () => {
    const released = await release(registry(), keys.env, "1.5.0");
    const attestations = { sbom: false, provenance: false, signature: true };
    const signed = { ...released.request, component: { ...component, attestations } };
    expect(Object.keys(await attest(signed))).toEqual(["signature"]);
    const nothing = { ...attestations, signature: false };
    const env = {};
    const request = { ...signed, env, component: { ...component, attestations: nothing } };
    expect(await attest(request)).toEqual({});
  });

  it("is not verified with another key, for another digest or when the tag was moved", async () => {
    const released = await release(registry(), keys.env, "1.6.0");
    const record = await attested(released);
    const { env } = released.request;
    expect(await checkArtifacts([record], env)).toEqual([]);

    const wrong = others.env.SLIPWAY_VERIFICATION_KEY;
    expect(await verifiedBy(released.reference, wrong)).toEqual([false, false, false]);
    const other = { ...env, SLIPWAY_VERIFICATION_KEY: wrong };
    expect(codes(await checkArtifacts([record], other))).toEqual([
      "attestations.sbom attestation",
      "attestations.provenance attestation",
      "attestations.signature signature-invalid",
    ]);

    const digest = await pushImage(registry(), "another", ["other"]);
    const key = keys.env.SLIPWAY_VERIFICATION_KEY;
    const another = released.reference.replace(/@.*/, `@${digest}`);
    expect(await verifiedBy(another, key)).toEqual([false, false, false]);
    const artifact = { ...released.artifact, repository: "orbit-webapp", tag: "1.6.0", digest };
    const changed = { ...record, artifact };
    expect(codes(await checkArtifacts([changed], env))).toEqual([
      "artifact.digest digest-changed",
      "artifact.digest digest-changed",
      "attestations.sbom attestation",
      "attestations.provenance attestation",
      "attestations.signature signature-invalid",
    ]);

    const tagged = `${hostOf(registry())}/${PREFIX}/orbit-webapp:1.6.0`;
    expect(await verifiedBy(tagged, key)).toEqual([true, true, true]);
    await pushImage(registry(), "another", ["1.6.0"]);
    expect(await verifiedBy(tagged, key)).toEqual([false, false, false]);
    expect(codes(await checkArtifacts([record], env))).toEqual(["artifact.digest digest-changed"]);
  });

  it("says that the image is gone", async () => {
    const released = await release(registry(), keys.env, "1.7.0");
    const artifact = { ...released.artifact, digest: `sha256:${"0".repeat(64)}` };
    expect(await problemsOf(attest({ ...released.request, artifact }))).toMatchObject([
      { code: "image-missing", message: expect.stringContaining(artifact.digest) },
    ]);
  });

  it("says that cosign could not sign", async () => {
    const lost = await makeKeys();
    const { SLIPWAY_VERIFICATION_KEY: _, ...signing } = lost.env;
    const { request } = await release(registry(), signing, "1.8.0");
    const attestations = { sbom: false, provenance: false, signature: true };
    const env = { ...request.env, SLIPWAY_VERIFICATION_KEY: undefined };
    // The public half is known by then.
    const note = () => rmSync(signing.SLIPWAY_SIGNING_KEY);
    const signed = { ...request, env, note, component: { ...component, attestations } };
    expect(await problemsOf(attest(signed))).toMatchObject([
      { code: "attestation", message: expect.stringContaining("cosign could not sign") },
    ]);
    await lost.remove();
  });

  async function statementOf(reference: string, type: string) {
    const key = keys.env.SLIPWAY_VERIFICATION_KEY;
    const verified = await cosignVerify("verify-attestation", reference, key, "--type", type);
    expect(verified.stderr).toContain(
      "The signatures were verified against the specified public key",
    );
    return predicateIn(verified.stdout);
  }
});

it("attest says that another run took what was pushed from the listing", async () => {
  const { request, artifact } = await release(plain(), keys.env, "1.9.0");
  const listing = `manifests/${artifact.digest.replace(":", "-")}`;
  plain().watch(async (moment, line) => {
    if (moment === "before" || !line.startsWith("PUT ") || !line.endsWith(listing)) return;
    await fetch(`${plain().endpoint}${line.slice("PUT ".length)}`, { method: "DELETE" });
  });
  onTestFinished(() => plain().watch(undefined));
  const attestations = { sbom: false, provenance: false, signature: true };
  const signed = { ...request, component: { ...component, attestations } };
  expect(await problemsOf(attest(signed))).toMatchObject([
    { code: "attestation", message: expect.stringContaining("is not among its referrers") },
  ]);
});

it("attest says that syft could not read the image", async () => {
  const { request, artifact } = await release(plain(), keys.env, "1.10.0");
  const address = `${plain().endpoint}/v2/${PREFIX}/orbit-webapp`;
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const answer = await fetch(`${address}/manifests/${artifact.digest}`, { headers: { accept } });
  const { layers } = (await answer.json()) as { layers: { digest: string }[] };
  await fetch(`${address}/blobs/${layers[0]?.digest}`, { method: "DELETE" });
  expect(await problemsOf(attest(request))).toMatchObject([
    { code: "attestation", message: expect.stringMatching(/^no SBOM of slipwaydev\.azurecr\.io/) },
  ]);
});

async function verifiedBy(reference: string, key: string): Promise<boolean[]> {
  const results = [
    await cosignVerify("verify", reference, key),
    await cosignVerify("verify-attestation", reference, key, "--type", "spdxjson"),
    await cosignVerify("verify-attestation", reference, key, "--type", "slsaprovenance1"),
  ];
  return results.map(({ ok }) => ok);
}

function codes(problems: readonly Problem[]): string[] {
  return problems.map(({ path, code }) => `${path} ${code}`);
}
