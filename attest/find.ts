import type { KeyObject } from "node:crypto";
import { RestError } from "@azure/core-rest-pipeline";
import pLimit from "p-limit";
import { annotationOf, type OciDocument, objectOf, parseAny } from "../builds/documents.ts";
import { ANNOTATION, EMPTY_CONFIG } from "../builds/media-types.ts";
import type { Descriptor } from "../builds/referrers.ts";
import type { ImageRepository } from "../builds/registry-client.ts";
import type { AttestationDigests } from "../registry/index.ts";
import { BUNDLE, openBundle } from "./bundle.ts";
import {
  ATTESTATION_NAMES,
  type AttestationName,
  nameOf,
  provenanceSources,
  type Statement,
} from "./statement.ts";

/** What an attestation has to be about. */
export interface Subject {
  /** `sha256:<hex>` */
  digest: string;
  /** 40 hex; provenance names it. */
  commit: string;
}

/** A signed statement about an artifact, as the registry has it. */
export interface Attestation {
  name: AttestationName;
  /** Of the referrer's manifest. */
  digest: string;
  created: string;
  statement: Statement;
}

/** A referrer that holds a bundle, before any key is held against it. */
export interface Bundle {
  /** Of the referrer's manifest. */
  digest: string;
  created: string;
  content: Uint8Array;
}

type BundleStore = Pick<ImageRepository, "resolve" | "readBlob">;

/** An SBOM of a large image has tens of megabytes, and base64 adds a third. */
const BUNDLE_MAX_BYTES = 256 * 1024 * 1024;
const CONCURRENCY = 4;
const BROKEN = "is other bytes than its digest says";

/**
 * The attestations of an artifact that a key has signed. Of several of one kind it is the oldest,
 * and of those the one with the lowest digest: whoever looks later, after more were added, chooses
 * the same.
 */
export async function findAttestations(
  repository: ImageRepository,
  subject: Subject,
  key: KeyObject,
): Promise<AttestationDigests> {
  const limit = pLimit(CONCURRENCY);
  const candidates = (await repository.referrers(subject.digest)).filter(mayBeBundle);
  const read = await Promise.all(
    candidates.map(({ digest }) => limit(() => readAttestation(repository, digest, subject, key))),
  );
  const found = read.filter((each) => typeof each !== "string").sort(byAge);
  return Object.fromEntries(
    ATTESTATION_NAMES.flatMap((name) => {
      const first = found.find((each) => each.name === name);
      return first === undefined ? [] : [[name, first.digest]];
    }),
  );
}

/**
 * Reads one referrer and checks all that it claims.
 *
 * @returns why it does not count, where it does not
 */
export async function readAttestation(
  repository: BundleStore,
  digest: string,
  subject: Subject,
  key: KeyObject,
): Promise<Attestation | string> {
  const bundle = await readBundle(repository, digest, subject);
  return typeof bundle === "string" ? bundle : attestationIn(bundle, subject, key);
}

/**
 * @param maxBytes of the bundle
 * @returns why a referrer holds none about the subject, where it does not
 */
export async function readBundle(
  repository: BundleStore,
  digest: string,
  subject: Subject,
  maxBytes = BUNDLE_MAX_BYTES,
): Promise<Bundle | string> {
  const manifest = await unbroken(() => repository.resolve(digest));
  if (manifest === undefined) return "is not in the registry";
  if (manifest === BROKEN) return BROKEN;
  const document = parseAny(manifest.content);
  if (objectOf(document.subject).digest !== subject.digest) return "has another subject";
  const bundle = bundleLayer(document);
  if (bundle === undefined) return "holds no Sigstore bundle";
  if (bundle.size > maxBytes) return `holds a bundle of more than ${maxBytes} bytes`;
  const content = await unbroken(() => repository.readBlob(bundle.digest, maxBytes));
  if (content === undefined) return "has lost its bundle";
  if (content === BROKEN) return BROKEN;
  return { digest, created: annotationOf(document, ANNOTATION.created) ?? "", content };
}

/** @returns why a bundle is no attestation of the subject that the key has signed, where it is none */
export function attestationIn(
  { digest, created, content }: Bundle,
  subject: Subject,
  key: KeyObject,
): Attestation | string {
  const statement = openBundle(content, key);
  if (statement === undefined) return "is not signed with the verification key";
  const name = nameOf(statement);
  const wrong = name === undefined ? "says nothing that a release says" : claim(statement, subject);
  if (name === undefined || wrong !== undefined) return wrong ?? "";
  return { name, digest, created, statement };
}

/** @returns undefined for what is not there */
async function unbroken<T>(read: () => Promise<T>): Promise<T | undefined | typeof BROKEN> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && error.name === "DigestMismatchError") return BROKEN;
    if (error instanceof RestError && error.statusCode === 404) return undefined;
    throw error;
  }
}

function claim(statement: Statement, subject: Subject): string | undefined {
  const { digest, commit } = subject;
  if (!statement.subjects.includes(digest)) return "is signed for another digest";
  if (nameOf(statement) !== "provenance") return undefined;
  const commits = provenanceSources(statement).map((source) => source.commit);
  return commits.includes(commit)
    ? undefined
    : `names the commit ${commits.join(", ") || "of none"}`;
}

/** Some registries tell the type of the config instead of the artifact's. */
export function mayBeBundle({ artifactType }: Descriptor): boolean {
  return artifactType === undefined || artifactType === BUNDLE || artifactType === EMPTY_CONFIG;
}

function bundleLayer({ layers }: OciDocument): { digest: string; size: number } | undefined {
  if (!Array.isArray(layers) || layers.length !== 1) return undefined;
  const { mediaType, digest, size } = objectOf(layers[0]);
  if (mediaType !== BUNDLE || typeof digest !== "string" || typeof size !== "number") {
    return undefined;
  }
  return { digest, size };
}

/** By code unit, so that no locale has a say; dates as cosign writes them sort as text. */
function byAge(a: Attestation, b: Attestation): number {
  const [left, right] = [`${a.created} ${a.digest}`, `${b.created} ${b.digest}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
