/**
 * The catalogue and the records under `releases/`, as plain values. Defaults are resolved: inside
 * the program no field of these types is left to guess.
 */

/** `semver`, or `calver` = `YYYY.MM.PATCH` with the month's leading zero (D-22). */
export type VersionScheme = "semver" | "calver";

/** What a component's build produces (D-23). */
export type ArtifactKind = "container" | "helm_chart" | "go_module" | "binaries" | "static_site";

/** A source repository, named in records by its key (S-4). */
export interface SourceRepository {
  key: string;
  /** `https://<host>/<path>.git` */
  url: string;
  /** Former keys that old records still name (D-05). */
  aliases: readonly string[];
  /** Branch that releases are cut from. */
  releaseBranch: string;
}

export interface Component {
  name: string;
  scheme: VersionScheme;
  kind: ArtifactKind;
  repository: SourceRepository;
  /** Folder of the component inside its repository, with `/`; `.` for the root. */
  path: string;
  /** Repository in the image registry, e.g. `orbit-webapp`. */
  image: string;
  /** Relative to `path`. */
  dockerfile: string;
  /** `linux/amd64`, ... */
  platforms: readonly string[];
  /** Build arguments, the same for every solution (S-11). */
  buildArgs: Readonly<Record<string, string>>;
  /** Of a Helm chart. */
  chart?: ChartSettings;
  /** Of binaries, always. */
  binaries?: BinariesSettings;
  /** What deploys its image; a release of a component that has one gets a capsule (D-16). */
  package?: PackageSettings;
  /** What its releases get besides their artifact. */
  attestations: AttestationPolicy;
  cadence: string;
  /** Program and arguments that test it against another release; empty where there is none (D-26). */
  contractTest: readonly string[];
}

/** Which referrers the artifact of a release gets. */
export interface AttestationPolicy {
  /** SPDX document of what is inside an image. */
  sbom: boolean;
  /** SLSA provenance. */
  provenance: boolean;
  /** Cosign's signature of the manifest. */
  signature: boolean;
}

export interface ChartSettings {
  /** Component whose recorded releases the chart's appVersion is one of. */
  appVersionOf: string;
}

export interface BinariesSettings {
  /** Program and arguments that fill the folder; without it the folder is in the repository. */
  command?: readonly string[];
  /** Relative to the component's path. */
  folder: string;
}

export interface PackageSettings {
  /** What renders it. */
  kind: "kustomize";
  /** Relative to the component's path. */
  folder: string;
  /** Relative to the folder: what is rendered; `.` for the folder itself. */
  path: string;
}

export type ShareName = "customer" | "internal";
export type MountAccess = "read_only" | "read_write";

export interface AppMount {
  share: ShareName;
  access: MountAccess;
  /** Absolute path inside the container. */
  path: string;
}

/** A value of an app's environment variable: text, or the URL at which another app is reached. */
export type AppEnvValue = { value: string } | { urlOf: string };

/** One container app of the topology: per solution, or shared by all solutions of a stack (S-12). */
export interface App {
  /** Key in the catalogue and in outputs; prefix of the Azure name. */
  name: string;
  component: Component;
  scope: "solution" | "shared";
  ingress: { external: boolean; port: number };
  /** Cores, and memory as Azure writes it (`1Gi`). */
  resources: { cpu: number; memory: string };
  scale: { min: number; max: number };
  mounts: readonly AppMount[];
  env: Readonly<Record<string, AppEnvValue>>;
  /** Whether the first start clones the customer repository into the read-write customer mount (D-15). */
  clonesCustomerRepository: boolean;
}

export interface Catalogue {
  repositories: ReadonlyMap<string, SourceRepository>;
  components: ReadonlyMap<string, Component>;
  apps: ReadonlyMap<string, App>;
}

/** `vercel` and the `aurora` repository are history (D-05). */
export type ReleaseTarget =
  | "container"
  | "vercel"
  | "helm_chart"
  | "go_module"
  | "binaries"
  | "static_site";

export interface ArtifactReference {
  /** `<name>.azurecr.io`; absent together with `digest` while the record is pending (S-3). */
  registry?: string;
  repository: string;
  tag: string;
  mediaType?: string;
  /** `sha256:<64 lowercase hex>` */
  digest?: string;
  /** Bytes of the manifest. */
  size?: number;
  annotations?: Readonly<Record<string, string>>;
  platforms?: readonly string[];
}

/** Digests (`sha256:<hex>`) of the manifests that have the artifact as their subject. */
export interface AttestationDigests {
  sbom?: string;
  provenance?: string;
  signature?: string;
}

/** A release's capsule, in the registry of its artifact (S-8). */
export interface CapsuleReference {
  /** The artifact's, and `-capsule`. */
  repository: string;
  /** `git-<commit>` */
  tag: string;
  /** `sha256:<hex>` */
  digest: string;
}

/** What a go.sum line says of one version of a module. */
export interface GoModule {
  /** As in go.mod, with its major suffix. */
  path: string;
  /** `h1:<base64>` */
  sum: string;
}

export interface ReleaseRecord {
  /** Path relative to the root of the checkout, with `/`. */
  file: string;
  component: string;
  version: string;
  /** `YYYY-MM-DD`, the tag's date. */
  releasedAt: string;
  source: { repo: string; path?: string; tag: string; commit: string };
  target: ReleaseTarget;
  artifact?: ArtifactReference;
  /** Never empty. */
  attestations?: AttestationDigests;
  /** Of a component with a package. */
  capsule?: CapsuleReference;
  /** Of a Go module, which has no artifact but its tag. */
  module?: GoModule;
  /**
   * `pending`: a container without registry and digest, to be built by the registry's owner.
   * `recorded`: complete. `history`: no `schema_version`, never built, fetched or deployed (D-05, S-3).
   */
  status: "pending" | "recorded" | "history";
  /** Withdrawn, by a file of its own beside the record. */
  yanked?: ReleaseDecision;
}

/** What was decided about a release after it was recorded (S-7). */
export interface ReleaseDecision {
  /** Path relative to the root of the checkout, with `/`. */
  file: string;
  /** `YYYY-MM-DD` */
  decidedAt: string;
  decidedBy?: string;
  reason: string;
}

/** Ranges of versions that work together, by component. */
export interface CompatibilityRow {
  line: number;
  ranges: ReadonlyMap<string, string>;
}

/** One row per supported combination (D-26). */
export interface CompatibilityMatrix {
  rows: readonly CompatibilityRow[];
}

/** One version per component, frozen (D-02). */
export interface PlatformManifest {
  file: string;
  version: string;
  releasedAt: string;
  components: ReadonlyMap<string, string>;
}

/** Everything under `releases/`. */
export interface ReleaseRegistry {
  catalogue: Catalogue;
  /** Per component, newest version first. */
  records: ReadonlyMap<string, readonly ReleaseRecord[]>;
  /** Files of records with problems, so that what names one of them is not a second problem. */
  unusable: ReadonlySet<string>;
  compatibility: CompatibilityMatrix;
  platforms: readonly PlatformManifest[];
}
