/** Signatures of capsules by the real cosign, in real registries. */
import { createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { openRemote, pushCapsule, sourceOf } from "../../capsule/registry/index.ts";
import { lookupIn, oneSigner } from "../../capsule/verify/index.ts";
import { checkSignature } from "../../capsule/verify/signature.ts";
import { signCapsule } from "../../releasing/sign-capsule.ts";
import { type SigningKeyVariables, signingKeys } from "../../sandbox/supervisor/signing-keys.ts";
import { findTool, whyMissing } from "../../tools/find.mjs";
import { serve } from "../capsule/registry/server.ts";
import { COMMIT, sampleCapsule } from "../capsule/sample.ts";
import {
  PREFIX,
  REGISTRY,
  startPlainRegistry,
  startReferrersRegistry,
  type TestRegistry,
} from "../integration/registries.ts";

const SLOW = 60_000;
const WRITES = /^(PUT|POST|PATCH|DELETE) /;
const REPOSITORY = "orbit-webapp-capsule";
const missing = ["registry", "referrers-registry", "cosign"].flatMap(
  (name) => whyMissing(name) ?? [],
);
const title = ["the signature of a capsule", ...missing].join(": ");

describe.skipIf(missing.length > 0)(title, { timeout: SLOW }, () => {
  describe.each([
    ["with the referrers API", startReferrersRegistry],
    ["without it", startPlainRegistry],
  ])("in a registry %s", (_, begin) => {
    it("is made once, and cosign and we take it", async () => {
      const { registry, keys, digest, request, reference } = await start(begin);
      expect(await signature(registry, keys, digest)).toMatchObject({ verdict: "refused" });
      expect(await signCapsule(request)).toBe(true);
      const before = registry.requests.length;
      expect(await signCapsule(request)).toBe(false);
      expect(registry.requests.slice(before).filter((line) => WRITES.test(line))).toEqual([]);
      expect(await signature(registry, keys, digest)).toEqual({
        verdict: "passed",
        evidence: "signed by releases, in a bundle",
      });
      const args = [`--key=${keys.SLIPWAY_VERIFICATION_KEY}`, "--insecure-ignore-tlog=true"];
      const verified = await execa(tool(), ["verify", ...args, reference], { reject: false });
      expect(verified.stderr).toContain("The signatures were verified");
      expect(await signature(registry, await otherKeys(), digest)).toMatchObject({
        verdict: "refused",
        evidence: expect.stringContaining("is not signed with the verification key"),
      });
    });

    it("is taken in cosign's former form, under a tag", async () => {
      const { registry, keys, digest, request, reference } = await start(begin);
      const offline = ["--use-signing-config=false", "--tlog-upload=false", "--yes"];
      const former = ["--new-bundle-format=false", `--key=${keys.SLIPWAY_SIGNING_KEY}`];
      await execa(tool(), ["sign", ...offline, ...former, reference], { env: { ...keys } });
      expect(await signature(registry, keys, digest)).toEqual({
        verdict: "passed",
        evidence: `signed by releases, under ${digest.replace(":", "-")}.sig`,
      });
      expect(await signCapsule(request)).toBe(false);
      expect(await signature(registry, await otherKeys(), digest)).toMatchObject({
        verdict: "refused",
      });
    });

    it("is not made when its key cannot be opened", async () => {
      const { registry, keys, digest, request } = await start(begin);
      const wrong = { ...request, env: { ...request.env, COSIGN_PASSWORD: "wrong" } };
      await expect(signCapsule(wrong)).rejects.toMatchObject({ code: "signing-key" });
      expect(await signature(registry, keys, digest)).toMatchObject({ verdict: "refused" });
    });
  });
});

it.skipIf(findTool("cosign") === undefined)(
  "cosign, too, gets no login for plain http elsewhere",
  { timeout: SLOW },
  async () => {
    const server = await serve((request, response) => {
      const wanted = request.url === "/v2/";
      response.writeHead(wanted ? 401 : 404, wanted ? { "www-authenticate": "Basic" } : {}).end();
    });
    onTestFinished(() => server.close());
    // Another machine by its name, and this one in truth.
    const registry = server.host.replace("127.0.0.1", "0.0.0.0");
    const home = mkdtempSync(join(tmpdir(), "slipway-home-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const auths = { [registry]: { auth: Buffer.from("ann:pw").toString("base64") } };
    writeFileSync(join(home, "config.json"), JSON.stringify({ auths }));
    const env = { PATH: process.env.PATH, HOME: home, DOCKER_CONFIG: home, ...(await otherKeys()) };
    const digest = `sha256:${"0".repeat(64)}`;
    const request = { registry, repository: REPOSITORY, digest, commit: COMMIT, env };
    await expect(signCapsule({ ...request, insecure: true })).rejects.toThrow(/cosign could not/);
    expect(server.requests).toContain("GET /v2/");
    expect(server.authorizations.filter((each) => each !== undefined)).toEqual([]);
  },
);

async function start(begin: () => Promise<TestRegistry>) {
  const registry = await begin();
  onTestFinished(() => registry.close());
  const keys = await otherKeys();
  const env = { HOME: "/nonexistent", PATH: process.env.PATH, ...registry.env, ...keys };
  const source = sourceOf(await sampleCapsule(), "memory");
  const { digest } = await pushCapsule({ source, env });
  const host = new URL(registry.endpoint).host;
  return {
    registry,
    keys,
    digest,
    request: { registry: REGISTRY, repository: REPOSITORY, digest, commit: COMMIT, env },
    /** As clients on this machine name it. */
    reference: `${host}/${PREFIX}/${REPOSITORY}@${digest}`,
  };
}

function signature({ env }: TestRegistry, keys: SigningKeyVariables, digest: string) {
  const about = { component: "orbit-webapp", subject: { digest, commit: COMMIT } };
  const key = createPublicKey(readFileSync(keys.SLIPWAY_VERIFICATION_KEY));
  const remote = openRemote({ registry: REGISTRY, repository: REPOSITORY }, { env });
  return checkSignature(
    about,
    oneSigner("releases", async () => key),
    "a policy",
    lookupIn(remote),
  );
}

/** A pair that nobody else has. */
function otherKeys(): Promise<SigningKeyVariables> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return signingKeys(join(folder, "pair"));
}

function tool(): string {
  const found = findTool("cosign");
  if (found === undefined) throw new Error("no cosign");
  return found;
}
