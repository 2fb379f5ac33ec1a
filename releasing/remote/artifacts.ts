import type { KeyObject } from "node:crypto";
import pLimit from "p-limit";
import { releaseKeys, verifyAttestations } from "../../attest/index.ts";
import { registryAccess } from "../../builds/registry-access.ts";
import type { ImageRepository } from "../../builds/registry-client.ts";
import type { ArtifactReference, ReleaseRecord } from "../../registry/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { checkManifest, manifestsOf, type RecordedManifest } from "./manifest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

type RecordedArtifact = ArtifactReference &
  Required<Pick<ArtifactReference, "registry" | "digest">>;

/** Records that could not be compared, by why. */
type Unchecked = Map<string, { problem: Omit<Problem, "message">; count: number }>;

/** Records compared at a time; each takes a handful of requests. */
const CONCURRENCY = 8;
/** Answers that the next record would get, too. */
const REFUSED = [401, 403];

/**
 * Compares records with their image registries: the artifact and the capsule are there with all of
 * their parts, their tags still name them, and the attestations hold. Reads only, each repository opened once. Records
 * without an artifact have nothing to compare.
 *
 * @param env `SLIPWAY_VERIFICATION_KEY` (or the signing key), `SLIPWAY_ENDPOINTS`
 * @returns `image-missing`, `capsule-missing`, `digest-changed`, `attestation`, `signature-invalid`; once each
 *   `registry-unreachable` and `signing-key`, with how many records are unchecked for that
 */
export async function checkArtifacts(
  records: readonly ReleaseRecord[],
  env: Environment,
): Promise<Problem[]> {
  const limit = pLimit(CONCURRENCY);
  const unchecked: Unchecked = new Map();
  const closed = new Map<string, unknown>();
  const repositories = new Map<string, Promise<ImageRepository>>();
  const open = (registry: string, repository: string) => {
    const name = `${registry}/${repository}`;
    const opened = repositories.get(name) ?? registryAccess(registry, env).open(repository);
    repositories.set(name, opened);
    return opened;
  };
  const key = lazyKey(env);
  /** One that cannot be read says nothing of the image beside it, nor of the registry's other repositories. */
  const compareCapsule = async (
    { capsule }: ReleaseRecord,
    registry: string,
    recorded: RecordedManifest | undefined,
  ): Promise<Problem[]> => {
    if (capsule === undefined || recorded === undefined) return [];
    try {
      return (await checkManifest(recorded, await open(registry, capsule.repository))).problems;
    } catch (error) {
      tallyAll(unchecked, problemsOf(recorded.name, error));
      return [];
    }
  };
  const compare = async (record: ReleaseRecord, artifact: RecordedArtifact): Promise<Problem[]> => {
    const { registry } = artifact;
    try {
      if (closed.has(registry)) throw closed.get(registry);
      const repository = await open(registry, artifact.repository);
      const recorded = manifestsOf(record, artifact);
      const found = await checkManifest(recorded.artifact, repository);
      found.problems.push(...(await compareCapsule(record, registry, recorded.capsule)));
      if (found.isGone || record.attestations === undefined) return found.problems;
      const subject = { digest: artifact.digest, commit: record.source.commit };
      const verifying = await key();
      if (!("type" in verifying)) {
        tally(unchecked, `attestations: ${verifying.message}`, verifying);
        return found.problems;
      }
      const attested = await verifyAttestations(record, subject, repository, verifying);
      return [...found.problems, ...attested];
    } catch (error) {
      if (isForAll(error)) closed.set(registry, error);
      tallyAll(unchecked, problemsOf(registry, error));
      return [];
    }
  };
  const problems = await Promise.all(
    records.map((record) => {
      const { artifact } = record;
      return isRecorded(artifact) ? limit(() => compare(record, artifact)) : [];
    }),
  );
  return [...problems.flat(), ...told(unchecked)];
}

/** The key is looked for when the first attestation is, and what is wrong with it is told once. */
function lazyKey(env: Environment): () => Promise<KeyObject | Problem> {
  let key: Promise<KeyObject | Problem> | undefined;
  const read = async () => {
    try {
      return await releaseKeys(env).publicKey();
    } catch (error) {
      const [first] = error instanceof SlipwayError ? error.problems : [];
      if (first === undefined) throw error;
      return first;
    }
  };
  return () => {
    key ??= read();
    return key;
  };
}

function tally(unchecked: Unchecked, message: string, { message: _, ...problem }: Problem): void {
  const count = (unchecked.get(message)?.count ?? 0) + 1;
  unchecked.set(message, { problem, count });
}

function tallyAll(unchecked: Unchecked, problems: readonly Problem[]): void {
  for (const problem of problems) tally(unchecked, problem.message, problem);
}

function told(unchecked: Unchecked): Problem[] {
  return [...unchecked].map(([message, { problem, count }]) => ({
    ...problem,
    message: `${message}; unchecked because of this: ${count} recorded release${count > 1 ? "s" : ""}`,
  }));
}

/** @param place a registry, or a repository of it */
function problemsOf(place: string, error: unknown): readonly Problem[] {
  if (error instanceof SlipwayError) return error.problems;
  const [said = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const message = `${place} could not be read: ${said}; may this user pull from it (az acr login)?`;
  return [{ code: "registry-unreachable", message }];
}

/** Whether a registry answers nobody; the client has tried again and again already. */
function isForAll(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof SlipwayError) return false;
  const status = "statusCode" in error ? error.statusCode : undefined;
  const hasNoAnswer = error.name === "RestError" && status === undefined;
  return hasNoAnswer || REFUSED.some((refused) => refused === status);
}

function isRecorded(artifact: ArtifactReference | undefined): artifact is RecordedArtifact {
  return artifact?.digest !== undefined && artifact.registry !== undefined;
}
