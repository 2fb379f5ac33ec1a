import { SANDBOX_SUBSCRIPTION_ID, SANDBOX_TENANT_ID } from "../../../contract.ts";
import { ArmError, badRequest, conflict, groupNotFound } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { locations } from "../../core/preconditions.ts";
import type { ArmId } from "../../core/resourceId.ts";
import type { ArmReply, ArmRequest, ResourceType, Services } from "../../core/resourceType.ts";

/** What ARM answers itself, apart from resource groups: subscription, providers, lists of resources. */
export function subscriptionReply(
  request: ArmRequest,
  types: readonly ResourceType[],
  services: Services,
): ArmReply | undefined {
  const { id, method } = request;
  const [, first, , third, fourth, fifth] = id.key.split("/");
  if (method === "GET" && id.key === "/tenants")
    return { status: 200, body: { value: [tenant()] } };
  if (method === "GET" && id.key === "/subscriptions") {
    return { status: 200, body: { value: [subscription()] } };
  }
  if (first !== "subscriptions") return undefined;
  if (method === "GET" && third === undefined) return { status: 200, body: subscription() };
  if (method === "GET" && third === "locations") return { status: 200, body: { value: regions() } };
  const inGroup = third === "resourcegroups" && fifth === "resources";
  if (method === "GET" && ((third === "resources" && fourth === undefined) || inGroup)) {
    return { status: 200, body: { value: resources(request, services) } };
  }
  if (third !== "providers" || id.type.includes("/") === (fifth === undefined)) return undefined;
  if (fourth === undefined) {
    const value = namespaces(types).map((name) => provider(name, types, services));
    return method === "GET" ? { status: 200, body: { value } } : undefined;
  }
  return providerReply(request, fourth, fifth, types, services);
}

/** @throws ArmError 404 for any subscription but the sandbox's */
export function checkSubscription(id: ArmId): void {
  const given = id.subscriptionId?.toLowerCase();
  if (given === undefined || given === SANDBOX_SUBSCRIPTION_ID) return;
  throw new ArmError(
    404,
    "SubscriptionNotFound",
    `The subscription '${given}' could not be found.`,
  );
}

/** @throws ArmError 409 for a write to a provider that was unregistered */
export function checkRegistration(type: ResourceType, services: Services): void {
  const namespace = type.type.split("/")[0] ?? "";
  if (registrationState(namespace, services) === "Registered") return;
  throw conflict(
    "MissingSubscriptionRegistration",
    `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
  );
}

function providerReply(
  { method, query: _query }: ArmRequest,
  namespaceKey: string,
  verb: string | undefined,
  types: readonly ResourceType[],
  services: Services,
): ArmReply | undefined {
  const namespace = namespaces(types).find((name) => name.toLowerCase() === namespaceKey);
  if (namespace === undefined) {
    throw new ArmError(
      404,
      "InvalidResourceNamespace",
      `The resource namespace '${namespaceKey}' is invalid.`,
    );
  }
  if (method === "GET" && verb === undefined) {
    return { status: 200, body: provider(namespace, types, services) };
  }
  if (method !== "POST" || (verb !== "register" && verb !== "unregister")) return undefined;
  const state = verb === "register" ? "Registered" : "Unregistered";
  services.store.transaction(() => services.store.setFlag(flagOf(namespace), { state }));
  return { status: 200, body: provider(namespace, types, services) };
}

function resources({ id, query }: ArmRequest, services: Services): JsonObject[] {
  const group = id.resourceGroup;
  const scope = id.path
    .split("/")
    .slice(0, group === undefined ? 3 : 5)
    .join("/");
  if (group !== undefined && services.store.get(scope) === undefined) throw groupNotFound(group);
  const filter = query.get("$filter") ?? "";
  const type = /resourceType eq '([^']+)'/i.exec(filter)?.[1]?.toLowerCase();
  if (filter !== "" && type === undefined) {
    throw badRequest(
      "InvalidFilterInQueryString",
      `Invalid $filter '${filter}' specified in the query string.`,
    );
  }
  return services.store
    .under(`${scope}/`)
    .filter((record) => record.location !== undefined && record.id.includes("/providers/"))
    .filter((record) => type === undefined || record.type.toLowerCase() === type)
    .map((record) => {
      const { properties: _properties, ...shown } = services.view(record);
      return shown;
    });
}

function namespaces(types: readonly ResourceType[]): string[] {
  return [...new Set(types.map((type) => type.type.split("/")[0] ?? ""))];
}

function provider(
  namespace: string,
  types: readonly ResourceType[],
  services: Services,
): JsonObject {
  return {
    id: `/subscriptions/${SANDBOX_SUBSCRIPTION_ID}/providers/${namespace}`,
    namespace,
    registrationPolicy: "RegistrationRequired",
    registrationState: registrationState(namespace, services),
    resourceTypes: types
      .filter((type) => type.type.startsWith(`${namespace}/`))
      .map((type) => ({
        resourceType: type.type.slice(namespace.length + 1),
        locations: locations(),
        apiVersions: [...type.apiVersions].reverse(),
      })),
  };
}

function registrationState(namespace: string, services: Services): string {
  return String(services.store.flag(flagOf(namespace))?.state ?? "Registered");
}

function flagOf(namespace: string): string {
  return `registration:${namespace.toLowerCase()}`;
}

function regions(): JsonObject[] {
  return locations().map((name) => ({
    id: `/subscriptions/${SANDBOX_SUBSCRIPTION_ID}/locations/${name}`,
    name,
    type: "Region",
    displayName: name,
    regionalDisplayName: name,
    metadata: { regionType: "Physical", regionCategory: "Recommended" },
  }));
}

function subscription(): JsonObject {
  return {
    id: `/subscriptions/${SANDBOX_SUBSCRIPTION_ID}`,
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionId: SANDBOX_SUBSCRIPTION_ID,
    tenantId: SANDBOX_TENANT_ID,
    displayName: "Sandbox",
    state: "Enabled",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

function tenant(): JsonObject {
  return {
    id: `/tenants/${SANDBOX_TENANT_ID}`,
    tenantId: SANDBOX_TENANT_ID,
    displayName: "Sandbox",
    defaultDomain: "sandbox.onmicrosoft.com",
    tenantCategory: "Home",
  };
}
