import { readResource } from "./azure.ts";
import type { AzureClients } from "./clients.ts";
import { idFromInputs } from "./ids.ts";
import type { ResourceType } from "./resource-type.ts";
import { resourceGroup } from "./resources/resources.ts";
import { type PropertyMap, UNKNOWN } from "./values.ts";

export type LocationRule = (type: ResourceType, inputs: PropertyMap) => Promise<string | undefined>;

/**
 * Makes the rule for resources without a `location`: the provider's configured one, else that of
 * their resource group, each group read once. None while the group does not exist.
 */
export function locationRule(
  configured: string | undefined,
  clients: AzureClients,
  signal: AbortSignal,
): LocationRule {
  const known = new Map<string, Promise<string | undefined>>();
  return (type, inputs) => {
    const group = inputs.resourceGroupName;
    if (configured || type === resourceGroup) return Promise.resolve(configured);
    if (typeof group !== "string" || group === UNKNOWN) return Promise.resolve(UNKNOWN);
    const found = known.get(group) ?? locationOf(group);
    known.set(group, found);
    return found;
  };

  async function locationOf(name: string): Promise<string | undefined> {
    const { subscriptionId } = await clients.connection();
    const { id } = idFromInputs(resourceGroup, { resourceGroupName: name }, subscriptionId ?? "");
    const location = (await readResource(clients, resourceGroup, id, signal))?.outputs.location;
    if (typeof location === "string") return location;
    known.delete(name);
    return undefined;
  }
}
