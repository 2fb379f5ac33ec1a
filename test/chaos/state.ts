/** What Pulumi wrote down, read from the backend's file: no engine may run to see what a kill left. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PendingOperation, StackState, StateResource } from "../../cli/engine/state.ts";

const BACKEND = ".sandbox/pulumi-state/.pulumi";

interface Checkpoint {
  checkpoint: {
    latest?: { resources?: StateResource[]; pending_operations?: PendingOperation[] };
  };
}

export function checkpointOf(root: string): StackState {
  const file = join(root, BACKEND, "stacks/slipway/dev.json");
  if (!existsSync(file)) return { resources: [], pending: [] };
  const { latest } = (JSON.parse(readFileSync(file, "utf8")) as Checkpoint).checkpoint;
  return { resources: latest?.resources ?? [], pending: latest?.pending_operations ?? [] };
}

/** Files of locks that are held, or that a killed engine left. */
export function locksOf(root: string): string[] {
  const folder = join(root, BACKEND, "locks");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /dev\/[^/]+\.json$/.test(file),
  );
}

/** ARM ids, in lower case, of what the state has of Azure. */
export function azureIds({ resources }: StackState): string[] {
  return resources
    .filter(({ custom, type }) => custom && type.startsWith("azure-native:"))
    .map(({ id = "" }) => id.toLowerCase());
}
