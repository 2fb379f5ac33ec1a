import { SANDBOX_TENANT_ID } from "../../../contract.ts";
import { badRequest } from "../../core/errors.ts";
import { type JsonObject, objectAt, stringAt } from "../../core/json.ts";
import type { Services } from "../../core/resourceType.ts";
import { uuidOf } from "../../core/vault.ts";
import { identityOf } from "./identities.ts";

/** Shape of the `identity` member of a resource that has managed identities. */
export const identitySchema = {
  type: "object",
  required: ["type"],
  properties: {
    type: {
      enum: [
        "None",
        "SystemAssigned",
        "UserAssigned",
        "SystemAssigned,UserAssigned",
        "SystemAssigned, UserAssigned",
      ],
    },
    userAssignedIdentities: { type: ["object", "null"] },
  },
};

/**
 * The `identity` member as it is stored and answered: with the principals of each identity.
 * @throws ArmError 400 `FailedIdentityOperation` for a user-assigned identity that is not there
 */
export function assignedIdentity(
  body: JsonObject,
  resourceId: string,
  services: Services,
): JsonObject | undefined {
  const given = objectAt(body, "identity");
  const type = stringAt(given, "type");
  if (type === undefined) return undefined;
  const system = type.startsWith("SystemAssigned");
  const users: JsonObject = {};
  for (const id of Object.keys(objectAt(given, "userAssignedIdentities"))) {
    const identity = identityOf(services, id);
    if (identity === undefined) {
      throw badRequest(
        "FailedIdentityOperation",
        `Identity operation for resource '${resourceId}' failed with error 'Failed to perform resource identity operation. The user assigned identity '${id}' was not found.'.`,
      );
    }
    const { principalId = "", clientId = "" } = identity.properties;
    users[id] = { principalId, clientId };
  }
  if (system) {
    services.store.setNameOwner("principals", systemPrincipal(resourceId), resourceId);
  }
  return {
    type,
    ...(system ? { principalId: systemPrincipal(resourceId), tenantId: SANDBOX_TENANT_ID } : {}),
    ...(Object.keys(users).length === 0 ? {} : { userAssignedIdentities: users }),
  };
}

/** Principal of a resource's system-assigned identity. */
export function systemPrincipal(resourceId: string): string {
  return uuidOf("system-principal", resourceId.toLowerCase());
}
