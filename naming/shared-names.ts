import { createHash } from "node:crypto";
import { appName } from "./solution-names.ts";

/** Whose resources are to be named: a stack's own, or those of one of its cells. */
export interface SharedScope {
  /** Pulumi project. */
  project: string;
  stack: string;
  /** Absent for what belongs to the stack as a whole: the registry and the shared apps. */
  cell?: string;
  /** Subscription id; account and registry names are global in Azure. */
  subscription: string;
}

/** Derived names of what solutions share (S-9); a name that stack config gives goes before these. */
export interface SharedNames {
  /** First 12 hex digits of the scope's SHA-256. */
  hash: string;
  resourceGroup: string;
  managedEnvironment: string;
  logWorkspace: string;
  /** 3 to 24 lowercase letters and digits. */
  storageAccount: string;
  identity: string;
  /** 5 to 50 letters and digits. */
  registry: string;
  registryResourceGroup: string;
  /** GUID: Azure names role assignments so. */
  pullAssignment: string;
  /** Name of a shared container app, at most 32 characters for a key of at most 19. */
  sharedApp(app: string): string;
}

/**
 * Names by hash over a canonical encoding (a JSON array of strings), so that the same scope has the
 * same names on every machine. Changing a literal here is a breaking change (D-11).
 */
export function sharedNames(scope: SharedScope): SharedNames {
  const digest = scopeDigest(scope);
  const hash = digest.slice(0, 12);
  return {
    hash,
    resourceGroup: `rg-${hash}`,
    managedEnvironment: `env-${hash}`,
    logWorkspace: `log-${hash}`,
    storageAccount: `st${hash}`,
    identity: `id-${hash}`,
    registry: `cr${hash}`,
    registryResourceGroup: `rg-registry-${hash}`,
    pullAssignment: guid(digest),
    sharedApp: (app) => appName(app, hash),
  };
}

function scopeDigest({ project, stack, cell, subscription }: SharedScope): string {
  // The kind comes first, so that a stack's own scope can never equal a cell's.
  const key =
    cell === undefined
      ? ["stack", project, stack, subscription]
      : ["cell", project, stack, cell, subscription];
  return createHash("sha256").update(JSON.stringify(key), "utf8").digest("hex");
}

/** UUID version 8 (RFC 9562: custom content) over the digest's second half. */
function guid(digest: string): string {
  const hex = digest.slice(32);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
