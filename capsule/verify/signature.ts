import type { KeyObject } from "node:crypto";
import {
  attestationIn,
  type Bundle,
  mayBeBundle,
  readBundle,
  type Subject,
} from "../../attest/find.ts";
import type { SignerKey, SignerPolicy } from "../../registry/signers.ts";
import { passed, refused, skipped, unknown } from "./result.ts";
import { signatureTag, simpleProblem, simpleSignatures } from "./simple-signing.ts";
import type { Result, SignatureLookup } from "./types.ts";

/** Who may sign, by component; `ambiguous` where the component is the capsule's own word alone. */
export type Signers = (
  component: string,
) => Promise<readonly SignerKey[] | "unsigned" | "ambiguous" | undefined>;

/** One key for every component, where no policy says more. */
export function oneSigner(name: string, publicKey: () => Promise<KeyObject>): Signers {
  return async () => [{ name, key: await publicKey() }];
}

/**
 * @param isNamed whether somebody besides the capsule says which component it is of. Where nobody does,
 *   a policy of several has no answer: the capsule would choose the key that it is held against.
 */
export function signersOf({ signers, unsigned }: SignerPolicy, isNamed: boolean): Signers {
  const isAmbiguous = !isNamed && signers.size + unsigned.size > 1;
  return async (component) => {
    const keys = signers.get(component) ?? (unsigned.has(component) ? "unsigned" : undefined);
    return keys !== undefined && isAmbiguous ? "ambiguous" : keys;
  };
}

/** More than any capsule has; whoever may push could add without end. */
const MAX_REFERRERS = 200;
const CONCURRENCY = 4;
/** A signature's bundle has a few kilobytes; SBOMs, which are larger, are none. */
const BUNDLE_MAX_BYTES = 1024 * 1024;

/**
 * Looks for a signature of the capsule's digest that one of the component's keys has made: a Sigstore
 * bundle among its referrers, or a signature under cosign's tag. No signature is a no, unless the
 * policy says that the component's capsules need none.
 *
 * @param lookup the capsule's repository; undefined where it is read from a folder
 */
export async function checkSignature(
  about: { component: string; subject: Subject },
  signers: Signers,
  policy: string,
  lookup: SignatureLookup | undefined,
): Promise<Result> {
  const { component, subject } = about;
  const keys = await signers(component);
  if (keys === "unsigned") return skipped(`${policy} lets capsules of ${component} be unsigned`);
  if (keys === "ambiguous") {
    const open = `found several components in ${policy}, and ${component} only by the capsule's own word, expected to be told which: name the release with --release <component>@<version>`;
    return unknown("signature-invalid", open);
  }
  if (keys === undefined) {
    return refused("signature-invalid", `found no signer of ${component} in ${policy}`);
  }
  const names = keys.map(({ name }) => name).join(", ");
  if (lookup === undefined) {
    const open = `a folder holds no signatures, expected one by ${names}: verify the capsule in its registry`;
    return unknown("signature-invalid", open);
  }
  const reasons: string[] = [];
  const bundle = await inBundles(lookup, subject, keys, reasons);
  if (bundle !== undefined) return passed(`signed by ${bundle}, in a bundle`);
  const simple = await underTag(lookup, subject.digest, keys, reasons);
  if (simple !== undefined)
    return passed(`signed by ${simple}, under ${signatureTag(subject.digest)}`);
  const found = reasons.length === 0 ? "no signature" : [...new Set(reasons)].join(", ");
  return refused(
    "signature-invalid",
    `found ${found}, expected one of ${subject.digest} by ${names}`,
  );
}

/** Whether any of some keys has signed, in either of cosign's ways. */
export async function hasSignature(
  lookup: SignatureLookup,
  subject: Subject,
  keys: readonly SignerKey[],
): Promise<boolean> {
  return (
    (await inBundles(lookup, subject, keys, [])) !== undefined ||
    (await underTag(lookup, subject.digest, keys, [])) !== undefined
  );
}

/** @returns name of the key that signed */
async function inBundles(
  lookup: SignatureLookup,
  subject: Subject,
  keys: readonly SignerKey[],
  reasons: string[],
): Promise<string | undefined> {
  const referrers = await lookup.referrers(subject.digest);
  const candidates = referrers.filter(mayBeBundle).slice(0, MAX_REFERRERS);
  for (let at = 0; at < candidates.length; at += CONCURRENCY) {
    const few = candidates.slice(at, at + CONCURRENCY);
    const read = await Promise.allSettled(
      few.map(({ digest }) => readBundle(lookup, digest, subject, BUNDLE_MAX_BYTES)),
    );
    // In the order of the listing, whichever came first.
    for (const [index, each] of read.entries()) {
      if (each.status === "rejected") throw each.reason;
      const signer = signerOf(each.value, subject, keys, (why) =>
        reasons.push(`that ${few[index]?.digest} ${why}`),
      );
      if (signer !== undefined) return signer;
    }
  }
  return undefined;
}

/** @returns name of the key that signed */
function signerOf(
  bundle: Bundle | string,
  subject: Subject,
  keys: readonly SignerKey[],
  refuse: (why: string) => void,
): string | undefined {
  for (const { name, key } of keys) {
    const read = typeof bundle === "string" ? bundle : attestationIn(bundle, subject, key);
    if (typeof read !== "string" && read.name === "signature") return name;
    refuse(typeof read === "string" ? read : `is a ${read.name}`);
  }
  return undefined;
}

/** @returns name of the key that signed */
async function underTag(
  lookup: SignatureLookup,
  digest: string,
  keys: readonly SignerKey[],
  reasons: string[],
): Promise<string | undefined> {
  const tag = signatureTag(digest);
  for (const signature of await simpleSignatures(lookup, tag)) {
    for (const { name, key } of keys) {
      const why = simpleProblem(signature, digest, key);
      if (why === undefined) return name;
      reasons.push(`that the signature under ${tag} ${why}`);
    }
  }
  return undefined;
}
