import type { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import type { AuthorizationManagementClient } from "@azure/arm-authorization";
import type { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import type { ManagedServiceIdentityClient } from "@azure/arm-msi";
import type { OperationalInsightsManagementClient } from "@azure/arm-operationalinsights";
import type { ResourceManagementClient } from "@azure/arm-resources";
import type { StorageManagementClient } from "@azure/arm-storage";
import type { ArmConnection } from "../../builds/azure-client.ts";
import { sentBodyPolicy } from "./sent.ts";

/**
 * The official SDKs' clients, each imported and made on first use: together they take most of a
 * second to read, and a preview without drift needs none.
 */
export interface AzureClients {
  connection(): Promise<ArmConnection>;
  app(subscriptionId: string): Promise<ContainerAppsAPIClient>;
  authorization(subscriptionId: string): Promise<AuthorizationManagementClient>;
  containerRegistry(subscriptionId: string): Promise<ContainerRegistryManagementClient>;
  msi(subscriptionId: string): Promise<ManagedServiceIdentityClient>;
  operationalInsights(subscriptionId: string): Promise<OperationalInsightsManagementClient>;
  resources(subscriptionId: string): Promise<ResourceManagementClient>;
  storage(subscriptionId: string): Promise<StorageManagementClient>;
}

type Construct<C> = (connection: ArmConnection, subscriptionId: string) => Promise<C>;

/** @param connect called once, on first use; a failure is reported by every call that needs it */
export function createClients(connect: () => Promise<ArmConnection>): AzureClients {
  const connection = once(connect);
  const client = <C>(construct: Construct<C>) => {
    const bySubscription = new Map<string, Promise<C>>();
    return (subscriptionId: string): Promise<C> => {
      const existing = bySubscription.get(subscriptionId);
      if (existing) return existing;
      const made = connection().then((to) => construct(to, subscriptionId));
      bySubscription.set(subscriptionId, made);
      return made;
    };
  };
  return {
    connection,
    app: client(async (to, id) => {
      const { ContainerAppsAPIClient: Client } = await import("@azure/arm-appcontainers");
      return new Client(to.credential, id, options(to));
    }),
    authorization: client(async (to, id) => {
      const { AuthorizationManagementClient: Client } = await import("@azure/arm-authorization");
      return new Client(to.credential, id, options(to));
    }),
    containerRegistry: client(async (to, id) => {
      const { ContainerRegistryManagementClient: Client } = await import(
        "@azure/arm-containerregistry"
      );
      return new Client(to.credential, id, options(to));
    }),
    msi: client(async (to, id) => {
      const { ManagedServiceIdentityClient: Client } = await import("@azure/arm-msi");
      return new Client(to.credential, id, options(to));
    }),
    operationalInsights: client(async (to, id) => {
      const { OperationalInsightsManagementClient: Client } = await import(
        "@azure/arm-operationalinsights"
      );
      return new Client(to.credential, id, options(to));
    }),
    resources: client(async (to, id) => {
      const { ResourceManagementClient: Client } = await import("@azure/arm-resources");
      return new Client(to.credential, id, options(to));
    }),
    storage: client(async (to, id) => {
      const { StorageManagementClient: Client } = await import("@azure/arm-storage");
      return new Client(to.credential, id, options(to));
    }),
  };
}

function options(connection: ArmConnection) {
  return {
    ...connection.clientOptions,
    additionalPolicies: [{ policy: sentBodyPolicy, position: "perCall" as const }],
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
