import { describe, expect, it } from "vitest";
import type { CapsuleDescriptor } from "../../../capsule/read.ts";
import { signersOf, verifyCapsule } from "../../../capsule/verify/index.ts";
import { SlipwayError } from "../../../schemas/problem.ts";
import { DOWN, keyPair } from "./registry.ts";
import { text } from "./tamper.ts";
import {
  bytes,
  freight,
  HOME,
  hexOf,
  IMAGE,
  KEYS,
  provenanceOf,
  REGISTRY,
  refusals,
  sbomOf,
  sealed,
  sourceOf,
  TAG,
  verdicts,
  verify,
  world,
} from "./world.ts";

describe("verifyCapsule", () => {
  it("passes a capsule that is what it says, and tells what was compared", async () => {
    const made = await world();
    const verdict = await verify(made, made.draft(), { signedBy: KEYS });
    expect(verdict).toMatchObject({
      ok: true,
      ref: `${REGISTRY}/${HOME}@${verdict.digest}`,
      identity: {
        component: IMAGE,
        version: "1.5.0",
        image: { digest: made.digest },
        package: { kind: "kustomize", path: "package/base" },
      },
    });
    expect(verdicts(verdict)).toEqual([
      "manifest: passed",
      "identity: passed",
      "image: passed",
      "provenance: passed",
      "sbom: passed",
      "signature: passed",
      "freight: skipped",
    ]);
    expect(verdict.checks.map(({ evidence }) => evidence)).toEqual([
      "its shape, and the digests of config, release.yaml, provenance and SBOM",
      `orbit-webapp@1.5.0 at ${TAG.slice(4)} in tag, annotations and release.yaml`,
      `the registry has ${made.digest} under ${REGISTRY}/${IMAGE}:${TAG}`,
      expect.stringMatching(/^its subject is sha256:/),
      `it describes ${made.digest}`,
      "signed by releases, in a bundle",
      "no Freight was given",
    ]);
  });

  it("reads no byte of the package", async () => {
    const made = await world();
    const source = sourceOf(made.draft());
    await verifyCapsule(source, {
      openImages: async () => made.images,
      signers: async () => "unsigned",
      policy: "a policy",
    });
    expect(source.packageReads).toBe(0);
  });

  it("refuses a manifest that is not what the registry says it is", async () => {
    const made = await world();
    const source = sourceOf(made.draft());
    const { content } = source;
    const other = { ...source, manifest: async () => ({ digest: made.digest, content }) };
    const verdict = await verifyCapsule(other, {
      openImages: async () => made.images,
      signers: async () => "unsigned",
      policy: "a policy",
    });
    expect(refusals(verdict)).toEqual(["manifest: capsule-invalid"]);
    expect(verdict.identity).toBeUndefined();
  });

  it("asks for no blob that is too large to be one of its own", async () => {
    const made = await world();
    const draft = made.draft();
    const [, ...small] = draft.manifest.layers;
    for (const descriptor of [draft.manifest.config, ...small]) descriptor.size = 1024 ** 3;
    const source = sourceOf(draft);
    const asked: string[] = [];
    const counted = {
      ...source,
      blob: (descriptor: CapsuleDescriptor) => {
        asked.push(descriptor.digest);
        return source.blob(descriptor);
      },
    };
    const verdict = await verifyCapsule(counted, {
      openImages: async () => made.images,
      signers: async () => "unsigned",
      policy: "a policy",
    });
    expect(asked).toEqual([]);
    expect(refusals(verdict)).toEqual(["manifest: capsule-invalid"]);
  });

  it.each(["signed by its own key", "unsigned"] as const)(
    "believes no capsule about its component when a policy has several: %s",
    async (how) => {
      const made = await world();
      const theirs = keyPair();
      const mine = [{ name: "mine", key: KEYS.publicKey }];
      const policy = {
        file: "signers.yaml",
        signers: new Map(
          how === "unsigned"
            ? [[IMAGE, mine]]
            : [
                [IMAGE, mine],
                ["other", [{ name: "theirs", key: theirs.publicKey }]],
              ],
        ),
        unsigned: new Set(how === "unsigned" ? ["other"] : []),
      };
      const asOther = () => {
        const draft = made.draft();
        draft.manifest.annotations["org.opencontainers.image.title"] = "other";
        text("release", (it) => it.replace(`component: ${IMAGE}`, "component: other"))(draft);
        const provenance = provenanceOf(made.digest);
        provenance.predicate.buildDefinition.externalParameters.component = "other";
        const [from] = provenance.predicate.buildDefinition.resolvedDependencies;
        from.uri = from.uri.replace(`tags/${IMAGE}/`, "tags/other/");
        draft.blobs.provenance = bytes(provenance);
        return sealed(draft);
      };
      const signed = how === "unsigned" ? {} : { signedBy: theirs };
      const asked = { ...signed, signers: signersOf(policy, false), policy: "signers.yaml" };
      const unnamed = await verify(made, asOther(), asked);
      expect(unnamed.ok).toBe(false);
      expect(verdicts(unnamed).filter((each) => !/passed|freight/.test(each))).toEqual([
        "signature: unknown",
      ]);
      const named = await verify(made, asOther(), {
        ...asked,
        signers: signersOf(policy, true),
        expected: { component: IMAGE, version: "1.5.0" },
      });
      expect(refusals(named)).toEqual(["identity: capsule-identity"]);
    },
  );

  it("takes any version of the component when none is expected", async () => {
    const made = await world();
    const verdictOf = async (component: string) =>
      verify(made, made.draft(), { signedBy: KEYS, expected: { component } });
    expect(await verdictOf(IMAGE)).toMatchObject({ ok: true });
    expect(refusals(await verdictOf("other"))).toEqual(["identity: capsule-identity"]);
  });

  it("compares a Freight that is given", async () => {
    const made = await world();
    const { digest } = sourceOf(made.draft());
    const asked = { signedBy: KEYS, freight: freight(undefined, digest) };
    const verdict = await verify(made, made.draft(), asked);
    expect(verdict).toMatchObject({ ok: true });
    expect(verdict.checks.at(-1)).toEqual({
      name: "freight",
      verdict: "passed",
      evidence: `freight.json names capsule under ${TAG} by digest, and the commit`,
    });
  });

  it("refuses a capsule that nobody signed", async () => {
    const made = await world();
    const verdict = await verify(made, made.draft());
    expect(refusals(verdict)).toEqual(["signature: signature-invalid"]);
    expect(verdict.ok).toBe(false);
  });

  it("takes no registry that is down for a yes or a no", async () => {
    const made = await world();
    const verdict = await verify(made, made.draft(), {
      home: { registry: REGISTRY, repository: HOME, lookup: DOWN },
      openImages: async () => DOWN,
    });
    expect(verdict.ok).toBe(false);
    expect(refusals(verdict)).toEqual([]);
    expect(verdict.checks.filter(({ verdict: each }) => each === "unknown")).toMatchObject([
      { name: "image", code: "registry-unreachable" },
      { name: "signature", code: "registry-unreachable" },
    ]);
  });

  it("takes a key that is missing for no yes", async () => {
    const made = await world();
    const missing = new SlipwayError({ code: "signing-key", message: "no key" });
    const verdict = await verify(made, made.draft(), {
      signedBy: KEYS,
      signers: () => Promise.reject(missing),
    });
    expect(verdict.ok).toBe(false);
    expect(verdict.checks).toContainEqual({
      name: "signature",
      verdict: "unknown",
      evidence: "no key",
      code: "signing-key",
    });
  });
});

describe("the SBOM of an index", () => {
  const child = `sha256:${"c".repeat(64)}`;

  it("may have the checksum of an image in it, and of no other", async () => {
    const made = await world();
    const digest = made.images.push(bytes({ manifests: [{ digest: child }] }), TAG);
    const ofChild = (hex: string) => {
      const draft = made.draft();
      text("release", (it) => it.replace(made.digest, digest))(draft);
      draft.blobs.provenance = bytes(provenanceOf(digest));
      const sbom = sbomOf(digest);
      sbom.packages[1].checksums[0].checksumValue = hex;
      draft.blobs.sbom = bytes(sbom);
      return sealed(draft);
    };
    expect(await verify(made, ofChild(hexOf(child)), { signedBy: KEYS })).toMatchObject({
      ok: true,
    });
    const other = await verify(made, ofChild("d".repeat(64)), { signedBy: KEYS });
    expect(refusals(other)).toEqual(["sbom: attestation"]);
    const down = await verify(made, ofChild(hexOf(child)), {
      signedBy: KEYS,
      openImages: async () => DOWN,
    });
    expect(verdicts(down)).toEqual(expect.arrayContaining(["image: unknown", "sbom: unknown"]));
    expect(down.ok).toBe(false);
  });
});
