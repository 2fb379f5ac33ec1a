import { isObject, type PropertyMap } from "../values.ts";

/**
 * azure-native takes user-assigned identities as a list of ids where ARM wants an object with the ids
 * as keys.
 */
export function identityToBody(body: PropertyMap): PropertyMap {
  const identity = body.identity;
  if (!isObject(identity) || !Array.isArray(identity.userAssignedIdentities)) return body;
  const ids = identity.userAssignedIdentities.filter((id) => typeof id === "string");
  const userAssignedIdentities = Object.fromEntries(ids.map((id) => [id, {}]));
  return { ...body, identity: { ...identity, userAssignedIdentities } };
}
