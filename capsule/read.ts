/** A capsule's small parts, read from bytes of an origin that nobody trusts yet. */
import { sha256 } from "../builds/digest.ts";
import { type Problem, parseText, type SchemaName, schemaProblems } from "../schemas/index.ts";
import { PART_MAX_BYTES } from "./limits.ts";
import { type CapsuleRelease, releaseText } from "./release-text.ts";

export interface CapsuleDescriptor {
  mediaType: string;
  /** `sha256:<hex>` */
  digest: string;
  /** Bytes. */
  size: number;
}

export interface CapsuleManifest {
  config: CapsuleDescriptor;
  layers: {
    package: CapsuleDescriptor;
    release: CapsuleDescriptor;
    provenance: CapsuleDescriptor;
    sbom: CapsuleDescriptor;
  };
  /** As the annotations say. */
  component: string;
  version: string;
  commit: string;
  /** Clone URL. */
  repository: string;
  created: string;
}

/** A manifest under the digest that it is named by; whether it has it is for `readManifest` to say. */
export interface NamedManifest {
  /** `sha256:<hex>` */
  digest: string;
  content: Uint8Array;
  /** Why there are no bytes to be read, where whoever should have them has none. */
  problem?: Problem;
}

/** What the package's layer unpacks to. */
export interface CapsuleConfig {
  /** `sha256:<hex>` of the tar. */
  diffId: string;
  /** Bytes of the tar. */
  size: number;
  files: number;
}

/** A part as it should be, or everything that is wrong with it. */
export type Read<T> =
  | { value: T; problems?: undefined }
  | { value?: undefined; problems: readonly Problem[] };

/** Largest manifest that registries have to take; a capsule's is never as large. */
export const MANIFEST_MAX_BYTES = 4 * 1024 * 1024;

/** Problems of one document that are told one by one. */
const MAX_TOLD = 20;

interface ManifestDocument {
  config: CapsuleDescriptor;
  layers: [CapsuleDescriptor, CapsuleDescriptor, CapsuleDescriptor, CapsuleDescriptor];
  annotations: Record<string, string>;
}

interface ConfigDocument {
  package: { diff_id: string; size: number; files: number };
}

export function readManifest({ digest, content, problem }: NamedManifest): Read<CapsuleManifest> {
  if (problem !== undefined) return { problems: [problem] };
  if (content.byteLength > PART_MAX_BYTES.manifest) {
    return refused(
      `found a manifest of ${content.byteLength} bytes, expected at most ${PART_MAX_BYTES.manifest}`,
    );
  }
  const found = sha256(content);
  if (found !== digest) {
    return refused(`found the manifest ${found}, expected ${digest} as it is named`);
  }
  const read = readJson<ManifestDocument>("capsule-manifest", "manifest", content);
  if (read.value === undefined) return read;
  const { config, layers, annotations } = read.value;
  const [packageLayer, release, provenance, sbom] = layers;
  const said = new Map(Object.entries(annotations));
  const annotation = (name: string) => said.get(`org.opencontainers.image.${name}`) ?? "";
  const created = annotation("created");
  if (!isTime(created)) return refused(`found ${created} as the time of the commit, which is none`);
  return {
    value: {
      config,
      layers: { package: packageLayer, release, provenance, sbom },
      component: annotation("title"),
      version: annotation("version"),
      commit: annotation("revision"),
      repository: annotation("source"),
      created,
    },
  };
}

export function readConfig(content: Uint8Array): Read<CapsuleConfig> {
  const read = readJson<ConfigDocument>("capsule-config", "config", content);
  if (read.value === undefined) return read;
  const { diff_id: diffId, size, files } = read.value.package;
  return { value: { diffId, size, files } };
}

export function readRelease(content: Uint8Array): Read<CapsuleRelease> {
  const text = textOf(content);
  if (text === undefined) return refused("found a release.yaml that is not UTF-8");
  const problems: Problem[] = [];
  const report = (problem: Problem) => problems.push(capsuleProblem(problem));
  const document = parseText("release.yaml", text, report);
  if (document === undefined) return { problems: told(problems) };
  const read = valid<CapsuleRelease>("capsule-release", "release.yaml", document.data);
  if (read.value === undefined) return read;
  return releaseText(read.value) === text
    ? read
    : refused("found a release.yaml in another form than packing gives it");
}

/** Why a blob is not what its descriptor says; undefined when it is. */
export function blobProblem(
  what: string,
  { digest, size }: CapsuleDescriptor,
  content: Uint8Array,
): Problem | undefined {
  if (content.byteLength !== size) {
    return capsuleProblem({
      message: `found ${content.byteLength} bytes of the ${what}, expected ${size}`,
    });
  }
  const found = sha256(content);
  if (found === digest) return undefined;
  return capsuleProblem({ message: `found the ${what} ${found}, expected ${digest}` });
}

function readJson<T>(schema: SchemaName, what: string, content: Uint8Array): Read<T> {
  const text = textOf(content);
  if (text === undefined) return refused(`found a ${what} that is not UTF-8`);
  let data: unknown;
  let canonical: string;
  try {
    data = JSON.parse(text);
    canonical = JSON.stringify(data);
  } catch {
    // Either no JSON, or deeper than it can be written again.
    return refused(`found a ${what} that is no JSON`);
  }
  // A key that stands twice means one thing to one reader and another to the next.
  if (canonical !== text) return refused(`found a ${what} in another form than packing gives it`);
  return valid<T>(schema, what, data);
}

function valid<T>(schema: SchemaName, what: string, data: unknown): Read<T> {
  const problems = schemaProblems(schema, data).map(({ message, path }) =>
    capsuleProblem({ message: `${what}${pointer(path)}: ${message}` }),
  );
  return problems.length === 0 ? { value: data as T } : { problems: told(problems) };
}

/** Whoever made the document decides how many there are, and nobody reads them all. */
function told(problems: readonly Problem[]): readonly Problem[] {
  const more = problems.length - MAX_TOLD;
  return more <= 0
    ? problems
    : [...problems.slice(0, MAX_TOLD), capsuleProblem({ message: `and ${more} more` })];
}

/** Of its form, e.g. no 30th of February. */
function isTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text.replace("Z", ".000Z");
}

function pointer(path: readonly (string | number)[]): string {
  return path.length === 0 ? "" : `/${path.join("/")}`;
}

function textOf(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

function refused(message: string): { problems: readonly Problem[] } {
  return { problems: [capsuleProblem({ message })] };
}

/** Its own files are no files of the checkout, so that neither file nor line is told. */
export function capsuleProblem({ message }: Pick<Problem, "message">): Problem {
  return { code: "capsule-invalid", message };
}
