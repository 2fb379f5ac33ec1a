import type { AzureClients } from "../clients.ts";
import {
  finished,
  type PathParameters,
  type ProviderFunction,
  type ResourceType,
  text,
} from "../resource-type.ts";
import { fromModel, type PropertyMap } from "../values.ts";
import { identityToBody } from "./identity.ts";

const API_VERSION = "2024-01-01";
const ACCOUNT =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Storage/storageAccounts/{accountName}";

export const storageAccount: ResourceType = {
  token: "azure-native:storage:StorageAccount",
  apiVersion: API_VERSION,
  path: ACCOUNT,
  autoname: "random",
  replaces: ["location", "isHnsEnabled"],
  located: true,
  importOmits: ({ isHnsEnabled }) => (isHnsEnabled === false ? ["isHnsEnabled"] : []),
  toBody: (body) => withWireCapitals(identityToBody(body)),
  async put({ clients, path, options }, body) {
    const { storageAccounts } = await client(clients, path);
    const parameters = body as unknown as Parameters<typeof storageAccounts.create>[2];
    const poller = storageAccounts.create(...accountPath(path), parameters, options);
    await poller.submitted();
    // The poller itself is a promise of the result and would be awaited by the caller.
    return { pollUntilDone: () => poller.pollUntilDone() };
  },
  async get({ clients, path, options }) {
    const { storageAccounts } = await client(clients, path);
    return storageAccounts.getProperties(...accountPath(path), options);
  },
  async delete({ clients, path, options }) {
    const { storageAccounts } = await client(clients, path);
    return storageAccounts.delete(...accountPath(path), options);
  },
};

export const fileShare: ResourceType = {
  token: "azure-native:storage:FileShare",
  apiVersion: API_VERSION,
  path: `${ACCOUNT}/fileServices/default/shares/{shareName}`,
  autoname: "copy",
  replaces: ["enabledProtocols"],
  located: false,
  async put({ clients, path, options }, body) {
    const { fileShares } = await client(clients, path);
    return finished(
      fileShares.create(...accountPath(path), text(path, "shareName"), body, options),
    );
  },
  async get({ clients, path, options }) {
    const { fileShares } = await client(clients, path);
    return fileShares.get(...accountPath(path), text(path, "shareName"), options);
  },
  async delete({ clients, path, options }) {
    const { fileShares } = await client(clients, path);
    return fileShares.delete(...accountPath(path), text(path, "shareName"), options);
  },
};

/** Its keys are not marked secret, as the official provider's are not (pulumi/pulumi-azure-native#1693). */
export const listStorageAccountKeys: ProviderFunction = {
  token: "azure-native:storage:listStorageAccountKeys",
  async invoke({ clients, options }, args) {
    const { subscriptionId } = await clients.connection();
    const { storageAccounts } = await clients.storage(subscriptionId ?? "");
    const [group, account] = [text(args, "resourceGroupName"), text(args, "accountName")];
    const result = await storageAccounts.listKeys(group, account, options);
    return fromModel({ keys: result.keys }) as PropertyMap;
  },
};

function client(clients: AzureClients, path: PathParameters) {
  return clients.storage(text(path, "subscriptionId"));
}

function accountPath(path: PathParameters): [group: string, account: string] {
  return [text(path, "resourceGroupName"), text(path, "accountName")];
}

/**
 * arm-storage 20.0.0 decides whether to send `properties` at all by looking for names with a capital
 * first letter (`EnableHttpsTrafficOnly`), and so drops them when no other property is set.
 */
function withWireCapitals(body: PropertyMap): PropertyMap {
  const capitals = Object.entries(body).map(([name, value]) => [
    name.charAt(0).toUpperCase() + name.slice(1),
    value,
  ]);
  return { ...Object.fromEntries(capitals), ...body };
}
