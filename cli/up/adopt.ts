/** Takes what exists in Azure under our names into the state: the state was lost, or never had it. */
import pLimit from "p-limit";
import type { StackPlan } from "../../config/plan-types.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import type { ResourceChange } from "../engine/changes.ts";
import type { OpenStack } from "../engine/stack.ts";
import type { ArmReader, ArmResource } from "./arm.ts";
import { armApiVersion, armId } from "./arm-ids.ts";
import { type Importable, importResources } from "./import.ts";
import { plannedInputs } from "./planned-ids.ts";

export interface AdoptRequest {
  plan: StackPlan;
  /** Of a preview. */
  changes: readonly ResourceChange[];
  /** URNs that the state has. */
  present: ReadonlySet<string>;
  /** Whether it does not matter who made a resource (`--adopt`). */
  anyOwner: boolean;
}

interface Existing {
  change: ResourceChange;
  resource: ArmResource;
}

/** Reads at once; far below what Azure allows a subscription. */
const CONCURRENCY = 16;
/** No place for a tag: the name is a hash that nobody else makes, or stands in a tagged resource. */
const UNTAGGED = new Set([
  "azure-native:app:ManagedEnvironmentsStorage",
  "azure-native:authorization:RoleAssignment",
]);

/**
 * Imports what a preview would create though it is there, where it carries this stack's tags.
 *
 * @returns URNs of what was imported
 * @throws SlipwayError with code `already-exists` for every resource that is there and not ours
 */
export async function adopt(
  stack: OpenStack,
  request: AdoptRequest,
  arm: () => Promise<ArmReader>,
): Promise<string[]> {
  const found = await findExisting(request, arm);
  if (found.length === 0) return [];
  const foreign = request.anyOwner
    ? []
    : found.filter(({ change, resource }) => !isOurs(change.type, resource, request.plan));
  if (foreign.length > 0) {
    throw new SlipwayError(foreign.map((existing) => alreadyExists(existing, request.plan)));
  }
  await importResources(stack, withComponents(found, request.changes), request.present);
  return found.map(({ change }) => change.urn);
}

/** Whether a resource says of itself that this project and stack made it. */
export function isOurs(
  type: string,
  { tags = {}, properties }: ArmResource,
  { project, stack }: Pick<StackPlan, "project" | "stack">,
): boolean {
  if (UNTAGGED.has(type)) return true;
  const metadata = properties?.metadata ?? {};
  const [owner, ownerStack] =
    type === "azure-native:storage:FileShare"
      ? [metadata.slipway_project, metadata.slipway_stack]
      : [tags["slipway-project"], tags["slipway-stack"]];
  return owner === project && ownerStack === stack;
}

/** The components that the resources stand in go before them, as the preview names them. */
function withComponents(
  found: readonly Existing[],
  changes: readonly ResourceChange[],
): Importable[] {
  const byUrn = new Map(changes.map((change) => [change.urn, change]));
  const wanted = new Map<string, string | undefined>();
  for (const { change, resource } of found) {
    wanted.set(change.urn, resource.id);
    for (let urn = change.parent; ; ) {
      const parent = byUrn.get(urn);
      if (parent?.change !== "create") break;
      if (!wanted.has(urn)) wanted.set(urn, undefined);
      urn = parent.parent;
    }
  }
  return changes.flatMap(({ urn, type, parent }) => {
    if (!wanted.has(urn)) return [];
    const id = wanted.get(urn);
    return [{ urn, type, parent, ...(id === undefined ? {} : { id }) }];
  });
}

async function findExisting(
  { plan, changes }: AdoptRequest,
  arm: () => Promise<ArmReader>,
): Promise<Existing[]> {
  const complete = plannedInputs(plan);
  const candidates = changes.flatMap((change) => {
    if (change.change !== "create") return [];
    const inputs = complete(change.type, change.new ?? {});
    const id = armId(change.type, inputs, plan.subscriptionId);
    const apiVersion = armApiVersion(change.type);
    return id === undefined || apiVersion === undefined ? [] : [{ change, id, apiVersion }];
  });
  if (candidates.length === 0) return [];
  const reader = await arm();
  const limit = pLimit(CONCURRENCY);
  const read = candidates.map(({ change, id, apiVersion }) =>
    limit(async () => {
      const resource = await reader.read(id, apiVersion);
      // The id as the program has it: Azure may answer in other capitals.
      return resource === undefined ? [] : [{ change, resource: { ...resource, id } }];
    }),
  );
  return (await Promise.all(read)).flat();
}

function alreadyExists({ change, resource }: Existing, { stack }: StackPlan): Problem {
  return {
    code: "already-exists",
    path: `${change.type} ${change.name}`,
    message: `${resource.id} exists and does not carry this stack's tags; to take it over: slipway up --stack ${stack} --adopt`,
  };
}
