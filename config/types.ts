/** The solution list, environments and stack config, as plain values with every default resolved. */
import type { ReleaseRegistry } from "../registry/types.ts";

/** D-29: `active` -> `retired` -> `deletable` -> entry removed. */
export type SolutionState = "active" | "retired" | "deletable";

export interface Solution {
  id: string;
  /** For people; Azure sees it in tags and share metadata only. */
  name: string;
  environment: string;
  /** Absent where the environment's stack decides (its only cell, or its `default_cell`). */
  cell?: string;
  state: SolutionState;
  /** Group for overrides of versions, e.g. `general`, `early`. */
  ring: string;
  /** `https://....git`; absent: the agent starts with an empty share. */
  customerRepository?: string;
  /** Runtime environment variables of every app of the solution. */
  env: Readonly<Record<string, string>>;
  /** With `deletable`: removing the entry leaves the shares in Azure. */
  keepData: boolean;
  /** Line of the entry in `solutions.yaml`. */
  line: number;
}

/** `environments/<env>.yaml`: which version of each component the environment points at (S-5). */
export interface Environment {
  name: string;
  file: string;
  /** Of every component, by the file's own line or by the platform manifest that it names. */
  versions: ReadonlyMap<string, string>;
  /** Version of that manifest, and the components that have their version from it. */
  platform?: { version: string; components: ReadonlySet<string> };
  /** The narrowest wins: solution before ring before `versions`. */
  overrides: readonly VersionOverride[];
}

export interface VersionOverride {
  scope: { ring: string } | { solution: string };
  versions: ReadonlyMap<string, string>;
  line: number;
}

/** Where release images are built: server-side by the registry, or by a BuildKit builder. */
export type BuilderChoice = { kind: "acr" } | { kind: "buildkit"; builder: string };

export type RegistryChoice =
  | {
      owned: true;
      name: string;
      sku: "Basic" | "Standard" | "Premium";
      resourceGroup: string;
      location: string;
    }
  /** ARM id of a registry that another stack owns (S-1). */
  | { owned: false; id: string; name: string };

/** One cell: names are explicit or derived by hash (S-9). */
export interface CellConfig {
  name: string;
  location: string;
  resourceGroup: string;
  managedEnvironment: string;
  logWorkspace: string;
  storageAccount: string;
  identity: string;
  storageSku: "Premium_LRS" | "Premium_ZRS";
}

/** `Pulumi.<stack>.yaml`, without its secrets: the program asks Pulumi for those. */
export interface StackConfig {
  project: string;
  stack: string;
  file: string;
  subscriptionId: string;
  location: string;
  environment: string;
  /** `slipway up` leaves records alone (S-3). */
  ephemeral: boolean;
  builder: BuilderChoice;
  registry: RegistryChoice;
  cells: readonly CellConfig[];
  defaultCell?: string;
  /** Cell that runs the shared apps; the first unless named. Absent where there is no cell. */
  sharedCell?: string;
  /** GiB per share; 100 at least (premium FileStorage). */
  shareQuotaGib: number;
  /** Repository keys whose source token is set, and solutions with a customer token of their own. */
  secrets: {
    sourceTokens: readonly string[];
    customerToken: boolean;
    customerTokens: readonly string[];
  };
}

/** How much there is of what, for `slipway check`. */
export interface CheckoutCounts {
  components: number;
  apps: number;
  records: number;
  platforms: number;
  environments: number;
  stacks: number;
  solutions: number;
}

/** Everything that a checkout's files say, checked. */
export interface Checkout {
  /** Absolute path of the folder with Pulumi.yaml. */
  root: string;
  /** Name of the Pulumi project. */
  project: string;
  registry: ReleaseRegistry;
  /** By name. */
  environments: ReadonlyMap<string, Environment>;
  /** In the order of the file. */
  solutions: readonly Solution[];
  /** By stack name. */
  stacks: ReadonlyMap<string, StackConfig>;
}
