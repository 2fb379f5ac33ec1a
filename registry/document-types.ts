/** What the files under `releases/` hold once their schema holds, with the schema's defaults filled in. */
import type { ArtifactKind, MountAccess, ShareName, VersionScheme } from "./types.ts";

export interface CatalogueDocument {
  repositories: Record<string, { url: string; aliases: string[]; release_branch: string }>;
  components: Record<string, ComponentDocument>;
  apps: Record<string, AppDocument>;
}

export interface ComponentDocument {
  scheme: VersionScheme;
  kind: ArtifactKind;
  repository: string;
  path: string;
  image?: string;
  dockerfile: string;
  platforms: string[];
  build_args: Record<string, string>;
  chart?: { app_version_of: string };
  binaries?: { command?: string[]; folder: string };
  package?: { kind: "kustomize"; folder: string; path: string };
  attestations: { sbom: boolean; provenance: boolean; signature: boolean };
  cadence: string;
  contract_test: string[];
}

export interface AppDocument {
  component: string;
  scope: "solution" | "shared";
  ingress: { external: boolean; port: number };
  resources: { cpu: number; memory: string };
  scale: { min: number; max: number };
  mounts: { share: ShareName; access: MountAccess; path: string }[];
  env: Record<string, string | { url_of: string }>;
  clones_customer_repository: boolean;
}

/** Keys in canonical order (D-04); the writer goes through them as they stand here. */
export interface RecordDocument {
  schema_version?: 1;
  component: string;
  version: string;
  released_at: string;
  source: { repo: string; path?: string; tag: string; commit: string };
  target: "container" | "vercel" | "helm_chart" | "go_module" | "binaries" | "static_site";
  artifact?: {
    registry?: string;
    repository: string;
    tag: string;
    media_type?: string;
    digest?: string;
    size?: number;
    annotations?: Record<string, string>;
    platforms?: string[];
  };
  attestations?: { sbom?: string; provenance?: string; signature?: string };
  capsule?: { repository: string; tag: string; digest: string };
  module?: { path: string; sum: string };
}

export interface DecisionDocument {
  schema_version: 1;
  component: string;
  version: string;
  decision: "yanked";
  decided_at: string;
  decided_by?: string;
  reason: string;
}

export interface CompatibilityDocument {
  supported: Record<string, string>[];
}

export interface PlatformDocument {
  version: string;
  released_at: string;
  components: Record<string, string>;
}
