import { RestError } from "@azure/core-rest-pipeline";
import { describe, expect, it, vi } from "vitest";
import { sha256 } from "../../../builds/digest.ts";
import { DigestMismatchError } from "../../../builds/referrers.ts";
import { checkSignature, signersOf } from "../../../capsule/verify/signature.ts";
import { bundleOf, DOWN, type KeyPair, keyPair, MemoryRepository, statement } from "./registry.ts";
import { COMMIT, IMAGE, OTHER_DIGEST } from "./world.ts";

const MINE = keyPair();
const THEIRS = keyPair();
const DIGEST = sha256(Buffer.from("a capsule"));
const PASSED = { verdict: "passed" };
const REFUSED = { verdict: "refused", code: "signature-invalid" };

describe("checkSignature", () => {
  it("takes a bundle beside the capsule", async () => {
    const repository = new MemoryRepository();
    repository.signBundle(DIGEST, MINE);
    expect(await check(repository)).toEqual({ ...PASSED, evidence: "signed by mine, in a bundle" });
  });

  it.each(["ec", "ed25519", "rsa"] as const)(
    "takes a signature under the tag, by %s",
    async (kind) => {
      const repository = new MemoryRepository();
      const pair = keyPair(kind);
      repository.signSimple(DIGEST, pair);
      expect(await check(repository, { mine: pair })).toEqual({
        ...PASSED,
        evidence: `signed by mine, under ${DIGEST.replace(":", "-")}.sig`,
      });
      expect(await check(repository, { mine: keyPair(kind) })).toMatchObject(REFUSED);
    },
  );

  it("takes any of a component's keys, and names it", async () => {
    const repository = new MemoryRepository();
    repository.signBundle(DIGEST, THEIRS);
    const result = await check(repository, { mine: MINE, theirs: THEIRS });
    expect(result).toEqual({ ...PASSED, evidence: "signed by theirs, in a bundle" });
  });

  it("takes a good signature among bad ones", async () => {
    const repository = new MemoryRepository();
    repository.signBundle(DIGEST, THEIRS);
    repository.attach(DIGEST, Buffer.from("no bundle"));
    repository.signSimple(DIGEST, MINE);
    expect(await check(repository)).toMatchObject(PASSED);
  });

  it.each<[string, (repository: MemoryRepository) => void]>([
    ["nothing", () => {}],
    ["a bundle by another key", (it) => it.signBundle(DIGEST, THEIRS)],
    ["a bundle about another digest", (it) => it.signBundle(DIGEST, MINE, OTHER_DIGEST)],
    [
      "a bundle of another subject",
      (it) => it.attach(DIGEST, bundleOf(statement(DIGEST), MINE.privateKey), OTHER_DIGEST),
    ],
    [
      "a bundle with another statement",
      (it) => {
        const spdx = statement(DIGEST, "https://spdx.dev/Document");
        it.attach(DIGEST, bundleOf(spdx, MINE.privateKey));
      },
    ],
    ["a bundle that is none", (it) => it.attach(DIGEST, Buffer.from("{}"))],
    [
      "a bundle whose statement was changed",
      (it) => {
        const bundle = JSON.parse(
          Buffer.from(bundleOf(statement(OTHER_DIGEST), MINE.privateKey)).toString("utf8"),
        );
        bundle.dsseEnvelope.payload = Buffer.from(statement(DIGEST)).toString("base64");
        it.attach(DIGEST, Buffer.from(JSON.stringify(bundle)));
      },
    ],
    ["a signature under the tag by another key", (it) => it.signSimple(DIGEST, THEIRS)],
    [
      "a signature under the tag about another digest",
      (it) => it.signSimple(DIGEST, MINE, { about: OTHER_DIGEST }),
    ],
    [
      "a signature under the tag of something else",
      (it) => it.signSimple(DIGEST, MINE, { type: "blob signature" }),
    ],
    [
      "a manifest under the tag that is none",
      (it) => void it.push(Buffer.from("{"), `${DIGEST.replace(":", "-")}.sig`),
    ],
  ])("refuses %s", async (_what, prepare) => {
    const repository = new MemoryRepository();
    prepare(repository);
    expect(await check(repository)).toMatchObject(REFUSED);
  });

  it("reads no bundle that is larger than any signature", async () => {
    const bundle = bundleOf(statement(DIGEST), MINE.privateKey);
    const padded = (size: number) => Buffer.concat([bundle, Buffer.alloc(size, " ")], size);
    const most = 1024 * 1024;
    const large = new MemoryRepository();
    large.attach(DIGEST, padded(most + 1));
    const readBlob = vi.spyOn(large, "readBlob");
    expect(await check(large)).toMatchObject({
      ...REFUSED,
      evidence: expect.stringContaining(`holds a bundle of more than ${most} bytes`),
    });
    expect(readBlob).not.toHaveBeenCalled();
    large.attach(DIGEST, padded(most));
    expect(await check(large)).toMatchObject(PASSED);
    expect(readBlob).toHaveBeenCalledExactlyOnceWith(expect.any(String), most);
  });

  it("reads a few bundles at once, and goes by the order that they are listed in", async () => {
    const repository = new MemoryRepository();
    for (let at = 0; at < 9; at += 1) repository.attach(DIGEST, Buffer.from(`no bundle ${at}`));
    repository.signBundle(DIGEST, THEIRS);
    repository.signBundle(DIGEST, MINE);
    for (let at = 0; at < 9; at += 1) repository.attach(DIGEST, Buffer.from(`nor bundle ${at}`));
    const listed = (await repository.referrers(DIGEST)).map(({ digest }) => digest);
    const ended: string[] = [];
    const [under, most] = [new Set<string>(), new Set<number>()];
    let pass = () => {};
    const passed = new Promise<void>((resolve) => {
      pass = resolve;
    });
    const lookup = {
      referrers: (digest: string) => repository.referrers(digest),
      readBlob: (digest: string) => repository.readBlob(digest),
      async resolve(digest: string) {
        under.add(digest);
        most.add(under.size);
        // The first signature comes in after the second.
        if (digest === listed[9]) await passed;
        const found = await repository.resolve(digest);
        if (digest === listed[10]) pass();
        under.delete(digest);
        ended.push(digest);
        return found;
      },
    };
    const result = await check(lookup, { mine: MINE, theirs: THEIRS });
    expect(result).toEqual({ ...PASSED, evidence: "signed by theirs, in a bundle" });
    expect(ended.indexOf(listed[10] ?? "")).toBeLessThan(ended.indexOf(listed[9] ?? ""));
    expect(Math.max(...most)).toBe(4);
    expect(new Set(ended)).toEqual(new Set(listed.slice(0, 12)));
  });

  it("is decided by a signature before what could not be asked, and by nothing behind it", async () => {
    const repository = new MemoryRepository();
    repository.signBundle(DIGEST, MINE);
    repository.attach(DIGEST, Buffer.from("no bundle"));
    const [, last] = await repository.referrers(DIGEST);
    const failing = (at: string | undefined) => ({
      referrers: (digest: string) => repository.referrers(digest),
      readBlob: (digest: string) => repository.readBlob(digest),
      resolve: async (digest: string) => {
        if (digest === at) throw new RestError("denied", { statusCode: 403 });
        return repository.resolve(digest);
      },
    });
    expect(await check(failing(last?.digest))).toMatchObject(PASSED);
    await expect(check(failing(last?.digest), { mine: THEIRS })).rejects.toThrow("denied");
  });

  it("refuses what the registry serves as another blob, or has lost", async () => {
    const repository = new MemoryRepository();
    repository.signSimple(DIGEST, MINE);
    repository.signBundle(DIGEST, MINE);
    const failing = (error: Error) => ({
      resolve: (reference: string) => repository.resolve(reference),
      referrers: (digest: string) => repository.referrers(digest),
      readBlob: () => Promise.reject(error),
    });
    expect(await check(failing(new DigestMismatchError("other bytes")))).toMatchObject(REFUSED);
    expect(await check(failing(new RestError("gone", { statusCode: 404 })))).toMatchObject(REFUSED);
    const denied = new RestError("denied", { statusCode: 403 });
    await expect(check(failing(denied))).rejects.toThrow("denied");
  });

  it("refuses a component that the policy does not know", async () => {
    const repository = new MemoryRepository();
    repository.signBundle(DIGEST, MINE);
    const policy = policyOf({ mine: MINE }, "aurora-webapp");
    expect(await check(repository, {}, policy)).toEqual({
      ...REFUSED,
      evidence: "found no signer of orbit-webapp in signers.yaml",
    });
  });

  it("skips the signature only where the policy says so, and tells it", async () => {
    const policy = { ...policyOf({}, "aurora-webapp"), unsigned: new Set([IMAGE]) };
    expect(await check(DOWN, {}, policy)).toEqual({
      verdict: "skipped",
      evidence: "signers.yaml lets capsules of orbit-webapp be unsigned",
    });
  });

  it.each<[string, Partial<ReturnType<typeof policyOf>>]>([
    ["a key for each", { signers: new Map(["orbit", IMAGE].map((name) => [name, [mine()]])) }],
    ["one that needs none", { unsigned: new Set(["orbit"]) }],
    ["the capsule's among those that need none", { unsigned: new Set([IMAGE, "orbit"]) }],
  ])(
    "comes to no end for a policy of several, with %s, when nobody says which it is",
    async (_what, change) => {
      const repository = new MemoryRepository();
      repository.signBundle(DIGEST, MINE);
      const policy = { ...policyOf({ mine: MINE }, IMAGE), ...change };
      if (policy.unsigned.has(IMAGE)) policy.signers = new Map();
      const result = await check(repository, {}, policy, false);
      expect(result).toMatchObject({ verdict: "unknown", code: "signature-invalid" });
      expect(result.evidence).toContain("--release");
      expect(["passed", "skipped"]).toContain((await check(repository, {}, policy)).verdict);
    },
  );

  it("goes by a policy of one component without being told which it is", async () => {
    const repository = new MemoryRepository();
    repository.signBundle(DIGEST, MINE);
    const policy = policyOf({ mine: MINE }, IMAGE);
    expect(await check(repository, {}, policy, false)).toMatchObject(PASSED);
  });

  it("is no yes for a folder, which has no signatures", async () => {
    expect(await check(undefined)).toMatchObject({ verdict: "unknown", code: "signature-invalid" });
  });
});

function check(
  lookup: Parameters<typeof checkSignature>[3],
  keys: Readonly<Record<string, KeyPair>> = { mine: MINE },
  policy = policyOf(keys, IMAGE),
  isNamed = true,
) {
  const about = { component: IMAGE, subject: { digest: DIGEST, commit: COMMIT } };
  return checkSignature(about, signersOf(policy, isNamed), "signers.yaml", lookup);
}

function mine() {
  return { name: "mine", key: MINE.publicKey };
}

function policyOf(keys: Readonly<Record<string, KeyPair>>, component: string) {
  const signers = Object.entries(keys).map(([name, { publicKey }]) => ({ name, key: publicKey }));
  return {
    file: "signers.yaml",
    signers: new Map([[component, signers]]),
    unsigned: new Set<string>(),
  };
}
