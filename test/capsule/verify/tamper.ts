import { expect } from "vitest";
import { type Draft, type Json, KEYS, refusals, sealed, verify, type World } from "./world.ts";

/** What is done to a capsule before every digest around it is worked out anew. */
export type Edit = (draft: Draft) => void;

/**
 * Tampers with a capsule, and checks who notices. Once it is signed anew, so that each refusal is one of
 * what the capsule says and none of its hash; once it has the signature of what it was before.
 *
 * @param expected `<check>: <code>` of every check that refuses, besides the signature
 * @param seals whether descriptors follow their blobs
 */
export async function expectRefused(
  made: World,
  edit: Edit,
  expected: readonly string[],
  seals = true,
): Promise<void> {
  const original = await verify(made, made.draft(), { signedBy: KEYS });
  expect(original.ok).toBe(true);
  const tampered = () => {
    const draft = made.draft();
    edit(draft);
    return seals ? sealed(draft) : draft;
  };
  const unsigned = await verify(made, tampered());
  expect(unsigned.digest).not.toBe(original.digest);
  expect(unsigned.ok).toBe(false);
  const readable = !expected.includes("manifest: capsule-invalid") || unsigned.identity;
  expect(refusals(unsigned).filter((each) => !each.startsWith("signature"))).toEqual(expected);
  if (readable) expect(refusals(unsigned)).toContain("signature: signature-invalid");
  const signed = await verify(made, tampered(), { signedBy: KEYS });
  expect(refusals(signed)).toEqual(expected);
  expect(signed.ok).toBe(expected.length === 0);
}

/** Changes a part that is JSON. */
export function json(name: "config" | "provenance" | "sbom", edit: (document: Json) => void): Edit {
  return text(name, (content) => {
    const document = JSON.parse(content);
    edit(document);
    return JSON.stringify(document);
  });
}

/** Changes the text of a part, and makes sure that it did. */
export function text(name: keyof Draft["blobs"], edit: (content: string) => string): Edit {
  return ({ blobs }) => {
    const before = Buffer.from(blobs[name]).toString("utf8");
    const after = edit(before);
    expect(after).not.toBe(before);
    blobs[name] = Buffer.from(after);
  };
}

/** Changes release.yaml. */
export function release(from: string | RegExp, to: string): Edit {
  return text("release", (content) => content.replace(from, to));
}

/** Sets, or with undefined removes, what stands at a path such as `layers/0/size`. */
export function set(path: string, value: Json): Edit {
  return ({ manifest }) => put(manifest, path, value);
}

export function put(document: Json, path: string, value: Json): void {
  const keys = path.split("/");
  const last = keys.pop() ?? "";
  const around = keys.reduce((inner, key) => inner[key], document);
  if (value !== undefined) around[last] = value;
  else if (Array.isArray(around)) around.splice(Number(last), 1);
  else delete around[last];
}

/** Paths of all that is no map and no list. */
export function leaves(document: Json, path: readonly string[] = []): string[] {
  if (typeof document !== "object" || document === null) return [path.join("/")];
  return Object.entries(document).flatMap(([key, value]) => leaves(value, [...path, key]));
}
