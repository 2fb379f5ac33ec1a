import type { ManagedEnvironmentsStorageArgs } from "@pulumi/azure-native/app/managedEnvironmentsStorage.js";
import type { FileShare, FileShareArgs } from "@pulumi/azure-native/storage/fileShare.js";
import type { SharePlan, StoragePlan } from "../config/plan-types.ts";
import type { SolutionState } from "../config/types.ts";
import type { CellReference } from "./types.ts";

/** What keeps a share from being deleted. */
export interface ShareProtection {
  /** The engine refuses to delete it, before it looks at `retainOnDelete`. */
  protect: boolean;
  /** Leaving the program takes it out of the state only; Azure keeps it. */
  retainOnDelete: boolean;
}

/** D-29: customer data goes only from `deletable`, and not even then with `keep_data`. */
export function shareProtection(state: SolutionState, keepData: boolean): ShareProtection {
  if (state === "deletable") return { protect: false, retainOnDelete: keepData };
  return { protect: true, retainOnDelete: true };
}

/**
 * Inputs of a file share. `enabledProtocols` is left out: a refresh drops it from the state, and the
 * next plan replaces the share (https://github.com/pulumi/pulumi-azure-native/issues/1751).
 */
export function shareArgs(share: SharePlan, cell: CellReference): FileShareArgs {
  return {
    resourceGroupName: cell.resourceGroupName,
    accountName: cell.storageAccountName,
    shareName: share.name,
    shareQuota: share.quotaGib,
    metadata: { ...share.metadata },
  };
}

/** Inputs of a storage of the managed environment, which links a share by the account's key. */
export function storageArgs(
  storage: StoragePlan,
  share: FileShare,
  cell: CellReference,
): ManagedEnvironmentsStorageArgs {
  return {
    resourceGroupName: cell.resourceGroupName,
    environmentName: cell.environmentName,
    storageName: storage.name,
    properties: {
      azureFile: {
        accountName: cell.storageAccountName,
        accountKey: cell.storageAccountKey,
        shareName: share.name,
        accessMode: storage.accessMode,
      },
    },
  };
}
