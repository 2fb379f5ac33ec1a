import type { ResolvedManifest } from "../../builds/registry-client.ts";
import { JsonProblem, parseStrictly } from "./json.ts";
import { judged, refused, unknown } from "./result.ts";
import type { Result } from "./types.ts";

/** The parts of an SPDX document that are read here; all from outside. */
interface SpdxDocument {
  spdxVersion?: unknown;
  packages?: unknown;
  relationships?: unknown;
  documentDescribes?: unknown;
  SPDXID?: unknown;
  spdxElementId?: unknown;
  relationshipType?: unknown;
  relatedSpdxElement?: unknown;
  versionInfo?: unknown;
  checksums?: unknown;
  algorithm?: unknown;
  checksumValue?: unknown;
  manifests?: unknown;
  digest?: unknown;
}

const DOCUMENT = "SPDXRef-DOCUMENT";
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Checks what the capsule's SPDX document is about: the one package that it describes has the image's
 * digest as its version or checksum, and no other. Of an index the checksum may be that of an image in
 * it, because an SBOM is made of one.
 *
 * @param image what the registry has; undefined where it could not be asked
 */
export function checkSbom(
  content: Uint8Array,
  digest: string,
  image: ResolvedManifest | undefined,
): Result {
  const roots = rootsOf(content);
  if (typeof roots === "string") return refused("attestation", roots);
  const [root] = roots;
  if (root === undefined || roots.length > 1) {
    const found = `found an SBOM that describes ${roots.length} packages, expected the one image`;
    return refused("attestation", found);
  }
  const { versionInfo } = root;
  const version =
    typeof versionInfo === "string" && DIGEST.test(versionInfo) ? versionInfo : undefined;
  const checksums = checksumsOf(root);
  const parts = [digest, ...childrenOf(image)];
  const others = checksums.filter((checksum) => !parts.includes(checksum));
  const expected = `expected ${digest} as release.yaml has it`;
  if (version === digest && others.length > 0 && image === undefined) {
    const open = `found the checksum ${others.join(", ")} in the SBOM, which may be that of an image in the index ${digest}: the registry could not be asked`;
    return unknown("attestation", open);
  }
  return judged(
    "attestation",
    [
      version === undefined && checksums.length === 0
        ? `found an SBOM without a digest of what it describes, ${expected}`
        : undefined,
      version === undefined || version === digest
        ? undefined
        : `found an SBOM of ${version}, ${expected}`,
      others.length === 0
        ? undefined
        : `found an SBOM with the checksum ${others.join(", ")}, ${expected}`,
    ],
    `it describes ${digest}`,
  );
}

/** The packages that the document says it describes, or why it is none. */
function rootsOf(content: Uint8Array): SpdxDocument[] | string {
  const document = documentIn(content);
  if (typeof document === "string") {
    return `found that the SBOM ${document}, expected one SPDX document`;
  }
  const { spdxVersion, packages, relationships, documentDescribes } = document;
  if (typeof spdxVersion !== "string" || !spdxVersion.startsWith("SPDX-2.")) {
    return "found an SBOM that is no SPDX document of version 2, expected one in JSON";
  }
  const described = new Set(
    listOf(relationships)
      .filter(
        ({ spdxElementId, relationshipType }) =>
          spdxElementId === DOCUMENT && relationshipType === "DESCRIBES",
      )
      .map(({ relatedSpdxElement }) => relatedSpdxElement),
  );
  for (const id of Array.isArray(documentDescribes) ? documentDescribes : []) described.add(id);
  return listOf(packages).filter(({ SPDXID }) => SPDXID !== undefined && described.has(SPDXID));
}

/** @returns what it is instead, where it is no JSON */
function documentIn(content: Uint8Array): SpdxDocument | string {
  try {
    return objectOf(parseStrictly(content));
  } catch (error) {
    if (error instanceof JsonProblem) return error.message;
    throw error;
  }
}

function checksumsOf({ checksums }: SpdxDocument): string[] {
  return listOf(checksums).flatMap(({ algorithm, checksumValue }) =>
    algorithm === "SHA256" && typeof checksumValue === "string" ? [`sha256:${checksumValue}`] : [],
  );
}

function childrenOf(image: ResolvedManifest | undefined): string[] {
  if (image === undefined) return [];
  const document = documentIn(image.content);
  const { manifests } = typeof document === "string" ? {} : document;
  return listOf(manifests).flatMap(({ digest }) => (typeof digest === "string" ? [digest] : []));
}

function listOf(value: unknown): SpdxDocument[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function objectOf(value: unknown): SpdxDocument {
  return typeof value === "object" && value !== null ? value : {};
}
