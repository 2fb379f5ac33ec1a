/**
 * What one stack is to look like: plain values, printable, computed before any resource is declared.
 * `components/` turns it into resources and reads nothing else.
 */
import type { AppMount } from "../registry/types.ts";
import type { BuilderChoice, CellConfig, RegistryChoice, SolutionState } from "./types.ts";

/** `<component>@<version>`, the key of a build and the release id that apps are told. */
export type ReleaseId = string;

/** A release's image: a plain digest, or the output of a run that this stack declares. */
export type ImagePlan =
  | { kind: "digest"; registry: string; repository: string; digest: string }
  | { kind: "build"; release: ReleaseId; registry: string; repository: string };

/** One run of a component's task (S-2). */
export interface BuildPlan {
  release: ReleaseId;
  component: string;
  version: string;
  /** 40 hex. */
  commit: string;
  /** Canonical, as on Azure: `https://<host>/<path>.git#<commit>:<folder>`. */
  context: string;
  /** Repository URL, for the OCI label `source`. */
  source: string;
  /** RFC 3339, from the record's date. */
  created: string;
  /** Whether this is the newest stable version, which alone carries `:latest`. */
  latest: boolean;
  /** The record's digest, once it has one: a run that ends in another is an error. */
  expectedDigest?: string;
}

/** One ACR Task and its runs. */
export interface ComponentBuildPlan {
  component: string;
  /** Repository in the image registry. */
  image: string;
  dockerfile: string;
  platforms: readonly string[];
  buildArgs: Readonly<Record<string, string>>;
  /** Repository key in the catalogue, for the source token. */
  repository: string;
  runs: readonly BuildPlan[];
}

export type EnvPlan =
  | { name: string; value: string }
  /** URL of another app of the same solution, or of a shared one; known when the cell exists. */
  | { name: string; urlOf: { app: string; containerAppName: string; external: boolean } };

export interface AppPlan {
  /** Catalogue key, e.g. `orbit`. */
  app: string;
  containerAppName: string;
  component: string;
  version: string;
  release: ReleaseId;
  image: ImagePlan;
  ingress: { external: boolean; port: number };
  resources: { cpu: number; memory: string };
  scale: { min: number; max: number };
  mounts: readonly (AppMount & { storageName: string })[];
  env: readonly EnvPlan[];
  /** First start: clone into the mount at `path` unless there is something in it (D-15). */
  clone?: { repository: string; path: string };
  tags: Readonly<Record<string, string>>;
}

export interface SharePlan {
  /** `customer` or `internal`. */
  share: "customer" | "internal";
  name: string;
  quotaGib: number;
  metadata: Readonly<Record<string, string>>;
}

export interface StoragePlan {
  /** Key as in `azureNames().storages`. */
  key: "customer_rw" | "customer_ro" | "internal_rw";
  name: string;
  share: "customer" | "internal";
  accessMode: "ReadOnly" | "ReadWrite";
}

export interface SolutionPlan {
  id: string;
  name: string;
  hash: string;
  state: SolutionState;
  keepData: boolean;
  shares: readonly SharePlan[];
  /** Empty unless active, like `apps`. */
  storages: readonly StoragePlan[];
  apps: readonly AppPlan[];
}

export interface CellPlan {
  config: CellConfig;
  /** Name (GUID) of the AcrPull role assignment of the cell's pull identity. */
  pullAssignment: string;
  solutions: readonly SolutionPlan[];
  sharedApps: readonly AppPlan[];
}

/** A tag that must still stand at its commit before anything is declared (D-06). */
export interface TagExpectation {
  /** https URL of the repository. */
  url: string;
  repository: string;
  tag: string;
  commit: string;
  /** The record that says so. */
  file: string;
}

export interface StackPlan {
  project: string;
  stack: string;
  environment: string;
  ephemeral: boolean;
  subscriptionId: string;
  location: string;
  /** Whose the stack's resources are; on everything that Azure can tag, and by which `--adopt` knows its own. */
  ownerTags: Readonly<Record<string, string>>;
  builder: BuilderChoice;
  registry: RegistryChoice;
  /** Empty unless the stack owns the registry. */
  builds: readonly ComponentBuildPlan[];
  cells: readonly CellPlan[];
  tags: readonly TagExpectation[];
}
