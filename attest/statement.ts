import type { AttestationDigests } from "../registry/index.ts";

/** What a release can be attested with; in the order in which it is done. */
export type AttestationName = keyof AttestationDigests;
export const ATTESTATION_NAMES = ["sbom", "provenance", "signature"] as const;

/** An in-toto statement, as far as it is read here. */
export interface Statement {
  predicateType: string;
  /** `sha256:<hex>` of every subject. */
  subjects: readonly string[];
  predicate: unknown;
  /** All of it, in the bytes that were signed. */
  payload: Uint8Array;
}

export const SPDX = "https://spdx.dev/Document";
export const PROVENANCE = "https://slsa.dev/provenance/v1";
const CYCLONEDX = "https://cyclonedx.org/bom";
const SIGNATURE = "https://sigstore.dev/cosign/sign/v1";

/** Written is the first of each; any is accepted. */
const PREDICATES: Readonly<Record<AttestationName, readonly string[]>> = {
  sbom: [SPDX, CYCLONEDX],
  provenance: [PROVENANCE],
  signature: [SIGNATURE],
};

/** What a statement is, by its predicate's type; undefined for what releases do not use. */
export function nameOf(statement: Statement): AttestationName | undefined {
  return ATTESTATION_NAMES.find((name) => PREDICATES[name].includes(statement.predicateType));
}

/**
 * The text of an in-toto statement about one manifest.
 *
 * @param subject `name` as records name it, without a machine's ports; `digest` is `sha256:<hex>`
 */
export function statementText(
  subject: { name: string; digest: string },
  predicateType: string,
  predicate: object,
): string {
  const [algorithm = "", encoded] = subject.digest.split(":");
  return JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: subject.name, digest: { [algorithm]: encoded } }],
    predicateType,
    predicate,
  });
}

/** @returns undefined for what is no statement, of either version of in-toto's */
export function readStatement(payload: Uint8Array): Statement | undefined {
  let document: StatementDocument;
  try {
    document = objectOf(JSON.parse(Buffer.from(payload).toString("utf8")));
  } catch {
    return undefined;
  }
  const { _type, predicateType, subject, predicate } = document;
  if (typeof _type !== "string" || !_type.startsWith("https://in-toto.io/Statement/")) {
    return undefined;
  }
  if (typeof predicateType !== "string" || !Array.isArray(subject)) return undefined;
  const subjects = subject.flatMap((entry) => {
    const { sha256 } = objectOf(objectOf(entry).digest);
    return typeof sha256 === "string" ? [`sha256:${sha256}`] : [];
  });
  return { predicateType, subjects, predicate, payload };
}

/** A commit that provenance says an artifact was built from. */
export interface ProvenanceSource {
  /** `git+<clone URL>@<ref>`, where it is told. */
  uri?: string;
  /** 40 hex. */
  commit: string;
}

/** What provenance says an artifact was built from; empty where it says nothing. */
export function provenanceSources(statement: Statement): ProvenanceSource[] {
  const { resolvedDependencies } = objectOf(objectOf(statement.predicate).buildDefinition);
  if (!Array.isArray(resolvedDependencies)) return [];
  return resolvedDependencies.flatMap((dependency) => {
    const { uri, digest } = objectOf(dependency);
    const { gitCommit } = objectOf(digest);
    if (typeof gitCommit !== "string") return [];
    return [{ commit: gitCommit, ...(typeof uri === "string" && { uri }) }];
  });
}

/** The parts of a statement that are read here; all from outside, though signed. */
interface StatementDocument {
  _type?: unknown;
  predicateType?: unknown;
  subject?: unknown;
  predicate?: unknown;
  digest?: unknown;
  sha256?: unknown;
  buildDefinition?: unknown;
  resolvedDependencies?: unknown;
  uri?: unknown;
  gitCommit?: unknown;
}

function objectOf(value: unknown): StatementDocument {
  return typeof value === "object" && value !== null ? value : {};
}
