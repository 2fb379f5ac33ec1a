/** What has to hold once a fleet has converged, however often its engine was killed on the way. */
import type { StackState } from "../../cli/engine/state.ts";
import { armId } from "../../cli/up/arm-ids.ts";
import type { RequestLogEntry } from "../../sandbox/arm/core/requestLog.ts";
import { SANDBOX_SUBSCRIPTION_ID } from "../../sandbox/contract.ts";
import { known, type World } from "../e2e/world.ts";
import { type AcrRun, acrRuns, armIds } from "./inventory.ts";
import { ordersOf, replay } from "./request-log.ts";
import { azureIds, checkpointOf } from "./state.ts";

/** What the fleet went through; carried from one check to the next. Ids are in lower case. */
export interface History {
  /** Digest by release, as first seen. */
  digests: Map<string, string>;
  /** How often a resource may have been written after it was made. */
  updates: Map<string, number>;
  /** Resources that the edits of the fleet took away. */
  deletes: Set<string>;
  /** Those of them that a later edit puts back. */
  restored: Set<string>;
}

const RUN = "slipway:acr:Run";

export function newHistory(): History {
  return { digests: new Map(), updates: new Map(), deletes: new Set(), restored: new Set() };
}

/** An edit of the fleet changes these once. */
export function expectUpdates({ updates }: History, ids: readonly string[]): void {
  for (const id of ids) updates.set(id, (updates.get(id) ?? 0) + 1);
}

/**
 * A write that was under way when its run was killed may be sent once more: an import cannot read
 * secrets, nor tell what the service filled in from what the program asked for.
 */
export function expectPendingAgain(history: History, { pending }: StackState): void {
  const ids = pending.map(({ resource: { type, inputs = {}, id } }) =>
    (id || armId(type, inputs, SANDBOX_SUBSCRIPTION_ID) || "").toLowerCase(),
  );
  expectUpdates(history, ids);
}

/**
 * Nothing twice, no image built twice, nothing lost.
 * @returns a sentence for each violation
 */
export async function violations(world: World, history: History): Promise<string[]> {
  const state = checkpointOf(world.checkout.root);
  const [ids, runs, log] = await Promise.all([
    armIds(world.arm),
    acrRuns(world.arm),
    world.arm.requests(),
  ]);
  return [
    ...state.pending.map(({ type, resource }) => `pending in the state: ${type} ${resource.urn}`),
    ...repeated(state.resources.map(({ urn }) => urn)).map((urn) => `twice in the state: ${urn}`),
    ...repeated(azureIds(state)).map((id) => `twice in the state: ${id}`),
    ...missing(ids, azureIds(state)).map((id) => `in Azure and not in the state: ${id}`),
    ...missing(azureIds(state), ids).map((id) => `in the state and not in Azure: ${id}`),
    ...rewritten(log, history),
    ...buildProblems(runs, log, releases(state.resources)),
    ...(await digestProblems(world, releases(state.resources), history.digests)),
  ];
}

/** Violations, and whether Pulumi itself finds nothing left to do. */
export async function violationsAndChanges(world: World, history: History): Promise<string[]> {
  const found = await violations(world, history);
  const preview = await world.pulumi("preview", "--expect-no-changes");
  return preview.exitCode === 0 ? found : [...found, `pulumi sees changes:\n${preview.all}`];
}

interface Release {
  name: string;
  image: string;
  version: string;
  commit: string;
  digest: string;
}

function releases(resources: ReturnType<typeof checkpointOf>["resources"]): Release[] {
  return resources
    .filter(({ type }) => type === RUN)
    .map(({ urn, outputs = {} }) => ({
      name: urn.slice(urn.lastIndexOf("::") + 2),
      image: String(outputs.image),
      version: String(outputs.version),
      commit: String(outputs.commit),
      digest: String(outputs.digest),
    }));
}

function rewritten(log: readonly RequestLogEntry[], history: History): string[] {
  return [...replay(log)].flatMap(([id, { creates, updates, deletes }]) => [
    ...(creates > (history.restored.has(id) ? 2 : 1) ? [`created ${creates} times: ${id}`] : []),
    ...(updates > (history.updates.get(id) ?? 0) ? [`sent again ${updates} times: ${id}`] : []),
    ...(deletes > 0 && !history.deletes.has(id) ? [`deleted: ${id}`] : []),
  ]);
}

/** Exactly one run per release, and none of anything else. */
function buildProblems(
  runs: readonly AcrRun[],
  log: readonly RequestLogEntry[],
  built: readonly Release[],
): string[] {
  const unfinished = runs.filter(({ status }) => status !== "Succeeded");
  const ordered = ordersOf(log).length;
  return [
    ...unfinished.map(({ runId, status }) => `run ${runId} is ${status}`),
    ...(ordered === built.length ? [] : [`${ordered} runs ordered for ${built.length} releases`]),
    ...built.flatMap(({ name, image, commit }) => {
      const own = runs.filter(({ outputImages = [] }) =>
        outputImages.some(({ repository, tag }) => repository === image && tag === `git-${commit}`),
      );
      return own.length === 1 ? [] : [`${name} was built ${own.length} times`];
    }),
  ];
}

/** The registry, the state and what was seen before agree. */
async function digestProblems(
  world: World,
  built: readonly Release[],
  seen: Map<string, string>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { name, image, version, commit, digest } of built) {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) problems.push(`${name} has the digest ${digest}`);
    if (seen.get(name) !== undefined && seen.get(name) !== digest) {
      problems.push(`${name} was ${seen.get(name)} and is ${digest}`);
    }
    seen.set(name, digest);
    for (const tag of [version, `git-${commit}`]) {
      const there = await digestOf(world, image, tag);
      if (there !== digest) problems.push(`${image}:${tag} is ${there}, the state says ${digest}`);
    }
  }
  return problems;
}

async function digestOf(world: World, image: string, tag: string): Promise<string | null> {
  const endpoints = JSON.parse(known(world.env, "SLIPWAY_ENDPOINTS")) as Record<string, string>;
  const registry = new URL((endpoints["*.azurecr.io"] ?? "").replace("*", "slipwaydev"));
  const path = `/v2${registry.pathname}/${image}/manifests/${tag}`;
  const accept = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
  ].join(",");
  const answer = await fetch(new URL(path, registry), { method: "HEAD", headers: { accept } });
  return answer.headers.get("docker-content-digest");
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

/** Those of `all` that `known` lacks. */
function missing(all: readonly string[], present: readonly string[]): string[] {
  const there = new Set(present);
  return all.filter((value) => !there.has(value));
}
