/** Settles what an interrupted run left: writes of which the state does not know whether they happened. */

import type { OpenStack } from "../engine/stack.ts";
import type { PendingOperation, StackState, StateResource } from "../engine/state.ts";
import type { ArmReader } from "./arm.ts";
import { armApiVersion, armId } from "./arm-ids.ts";
import { type Importable, importResources } from "./import.ts";

export interface Settled {
  /** Creates that had happened, now in the state. */
  imported: readonly string[];
  /** Creates that had not; the update makes them. */
  cleared: readonly string[];
  /** Updates and deletes, read again. */
  refreshed: readonly string[];
  /** Deletes that had happened, out of the state. */
  forgotten: readonly string[];
}

const STACK = "pulumi:pulumi:Stack";

/**
 * A refresh does not take a share that is gone for gone; it fails
 * (https://github.com/pulumi/pulumi-azure-native/issues/4841).
 */
const NOT_REFRESHED = "azure-native:storage:FileShare";

/** Where no run was interrupted. */
export const NOTHING: Settled = { imported: [], cleared: [], refreshed: [], forgotten: [] };

/**
 * Looks every pending create up in Azure by its deterministic id: what is there is imported, what is
 * not is cleared. Other pending operations are settled by reading their resource again.
 * Of a share that was being deleted, Azure itself is asked whether it is still there.
 *
 * A run of a build has no id to look up: its provider finds what it left by itself.
 *
 * @param subscription of the stack
 * @throws EngineFailure, and what the reader throws
 */
export async function settle(
  stack: OpenStack,
  state: StackState,
  arm: () => Promise<ArmReader>,
  subscription: string,
): Promise<Settled> {
  if (state.pending.length === 0) return NOTHING;
  const present = new Set(state.resources.map(({ urn }) => urn));
  const creates = state.pending.filter(
    ({ type, resource }) => isCreate(type) && !present.has(resource.urn),
  );
  const found = await existing(creates, arm, subscription);
  if (found.length > 0) await importResources(stack, found, present);
  const others = state.pending.filter(
    ({ type, resource }) => !isCreate(type) && present.has(resource.urn),
  );
  const forgotten = await deletedShares(others, arm);
  const refreshed = others
    .map(({ resource }) => resource.urn)
    .filter((urn) => !forgotten.includes(urn));
  const root = state.resources.find(({ type }) => type === STACK)?.urn;
  // Targets, because a refresh of everything would read every resource of the fleet. The engine's
  // own --import-pending-creates reads nothing and drops the operation (engine 3.255.0).
  const targets = [...(root === undefined ? [] : [root]), ...new Set(refreshed)];
  await stack.call([
    "refresh",
    "--yes",
    "--skip-preview",
    "--clear-pending-creates",
    ...targets.flatMap((urn) => ["--target", urn]),
  ]);
  for (const urn of forgotten) await stack.call(["state", "delete", urn, "--yes"]);
  const imported = found.map(({ urn }) => urn);
  const cleared = creates
    .map(({ resource }) => resource.urn)
    .filter((urn) => !imported.includes(urn));
  return { imported, cleared, refreshed, forgotten };
}

/** URNs of shares that were being deleted and are gone. */
async function deletedShares(
  pending: readonly PendingOperation[],
  arm: () => Promise<ArmReader>,
): Promise<string[]> {
  const shares = pending.filter(
    ({ type, resource }) => type === "deleting" && resource.type === NOT_REFRESHED,
  );
  if (shares.length === 0) return [];
  const reader = await arm();
  const apiVersion = armApiVersion(NOT_REFRESHED) ?? "";
  const read = await Promise.all(
    shares.map(async ({ resource: { id = "", urn } }) =>
      (await reader.read(id, apiVersion)) === undefined ? [urn] : [],
    ),
  );
  return read.flat();
}

async function existing(
  creates: readonly PendingOperation[],
  arm: () => Promise<ArmReader>,
  subscription: string,
): Promise<Importable[]> {
  const candidates = creates.flatMap(({ resource }) => {
    const id = armId(resource.type, resource.inputs ?? {}, subscription);
    const apiVersion = armApiVersion(resource.type);
    return id === undefined || apiVersion === undefined ? [] : [{ resource, id, apiVersion }];
  });
  if (candidates.length === 0) return [];
  const reader = await arm();
  const read = await Promise.all(
    candidates.map(async ({ resource, id, apiVersion }) =>
      (await reader.read(id, apiVersion)) === undefined ? [] : [importable(resource, id)],
    ),
  );
  return read.flat();
}

function importable({ urn, type, parent, provider }: StateResource, id: string): Importable {
  const providerUrn = provider?.slice(0, provider.lastIndexOf("::"));
  return {
    urn,
    type,
    id,
    ...(parent === undefined ? {} : { parent }),
    ...(providerUrn === undefined ? {} : { provider: providerUrn }),
  };
}

function isCreate(type: PendingOperation["type"]): boolean {
  return type === "creating" || type === "importing";
}
