/** Everything that Azure has, asked of ARM itself. */
import type { ArmControl } from "../../sandbox/arm/control.ts";
import { SANDBOX_SUBSCRIPTION_ID } from "../../sandbox/contract.ts";

/** A run of a build, as the registry lists it. */
export interface AcrRun {
  runId: string;
  status: string;
  /** ISO times; the last is absent while it runs. */
  createTime: string;
  finishTime?: string;
  outputImages?: readonly { repository: string; tag: string; digest: string }[];
}

interface Listed {
  id: string;
}

const SUBSCRIPTION = `/subscriptions/${SANDBOX_SUBSCRIPTION_ID}`;
/** Collections of the subscription -> collections below each of their members. */
const COLLECTIONS: readonly {
  path: string;
  version: string;
  below?: [path: string, version: string];
}[] = [
  { path: "resourceGroups", version: "2024-03-01" },
  { path: "providers/Microsoft.App/containerApps", version: "2025-01-01" },
  {
    path: "providers/Microsoft.App/managedEnvironments",
    version: "2025-01-01",
    below: ["storages", "2025-01-01"],
  },
  {
    path: "providers/Microsoft.Storage/storageAccounts",
    version: "2024-01-01",
    below: ["fileServices/default/shares", "2024-01-01"],
  },
  {
    path: "providers/Microsoft.ContainerRegistry/registries",
    version: "2023-07-01",
    below: ["tasks", "2019-06-01-preview"],
  },
  { path: "providers/Microsoft.ManagedIdentity/userAssignedIdentities", version: "2023-01-31" },
  { path: "providers/Microsoft.OperationalInsights/workspaces", version: "2023-09-01" },
  { path: "providers/Microsoft.Authorization/roleAssignments", version: "2022-04-01" },
];

/** @returns ARM ids in lower case */
export async function armIds(arm: ArmControl): Promise<string[]> {
  const ids: string[] = [];
  for (const { path, version, below } of COLLECTIONS) {
    const members = await list<Listed>(arm, `${SUBSCRIPTION}/${path}`, version);
    ids.push(...members.map(({ id }) => id.toLowerCase()));
    if (below === undefined) continue;
    for (const { id } of members) {
      const children = await list<Listed>(arm, `${id}/${below[0]}`, below[1]);
      ids.push(...children.map((child) => child.id.toLowerCase()));
    }
  }
  return ids;
}

/** Runs of all registries. */
export async function acrRuns(arm: ArmControl): Promise<AcrRun[]> {
  const registries = await list<Listed>(
    arm,
    `${SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/registries`,
    "2023-07-01",
  );
  const runs: AcrRun[] = [];
  for (const { id } of registries) {
    const listed = await list<{ properties: AcrRun }>(arm, `${id}/runs`, "2019-06-01-preview");
    runs.push(...listed.map(({ properties }) => properties));
  }
  return runs;
}

async function list<T>(arm: ArmControl, path: string, version: string): Promise<T[]> {
  const answer = await arm.send("GET", `${path}?api-version=${version}`);
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.body}`);
  const { value, nextLink } = JSON.parse(answer.body) as { value: T[]; nextLink?: string };
  if (nextLink !== undefined) throw new Error(`${path} has more than a page`);
  return value;
}
