/**
 * The end of every release: what was built is attested, its capsule packed and pushed, and its record
 * written, once (S-3).
 */

import type { Builder } from "../attest/index.ts";
import {
  type AttestationDigests,
  type BuiltArtifact,
  type CapsuleReference,
  type Component,
  finishRecord,
  type ReleaseRecord,
  type WriteOutcome,
  writeRecord,
} from "../registry/index.ts";
import type { Source } from "../source/index.ts";
import type { BuiltRelease } from "./kinds/types.ts";

export interface FinishRequest {
  /** Of the checkout. */
  root: string;
  component: Component;
  /** As it is before it is built. */
  pending: ReleaseRecord;
  built: BuiltRelease;
  /** Who builds releases like it, for the provenance of one that was not found. */
  builder: Exclude<Builder, "found">;
  /** The component's; opened where there is a package in it to pack. */
  source(): Promise<Source>;
  env: Readonly<Record<string, string | undefined>>;
  note(line: string): void;
}

/**
 * Attests as the component asks, packs and pushes its capsule, and writes the whole record. Done before,
 * it changes nothing.
 *
 * @throws SlipwayError `record-conflict` and what `attest` and `releaseCapsule` throw
 */
export async function finishRelease(
  request: FinishRequest,
): Promise<{ outcome: WriteOutcome; record: ReleaseRecord }> {
  const { root, pending } = request;
  const { artifact, module } = request.built;
  if (artifact !== undefined) {
    const attested = await attestations(request, artifact);
    const capsule = await capsuleReference(request, artifact, attested);
    return finishRecord(root, pending, artifact, attested, capsule);
  }
  const record: ReleaseRecord = { ...pending, ...(module && { module }), status: "recorded" };
  return { outcome: await writeRecord(root, record), record };
}

async function attestations(
  { component, pending, built, builder, env, note }: FinishRequest,
  { registry, digest }: BuiltArtifact,
): Promise<AttestationDigests> {
  const { attest, attestationsOf } = await import("../attest/index.ts");
  if (attestationsOf(component).length === 0) return {};
  const { run, found = false } = built;
  const artifact = { registry, digest };
  return attest({
    component,
    record: pending,
    artifact,
    builder: found ? "found" : builder,
    ...(run && { run }),
    env,
    note,
  });
}

async function capsuleReference(
  { component, pending, source, env, note }: FinishRequest,
  { registry, digest }: BuiltArtifact,
  attested: AttestationDigests,
): Promise<CapsuleReference | undefined> {
  if (component.package === undefined) return undefined;
  const { releaseCapsule } = await import("./capsule.ts");
  return releaseCapsule({
    component,
    record: pending,
    artifact: { registry, digest },
    attestations: attested,
    source: await source(),
    env,
    note,
  });
}
