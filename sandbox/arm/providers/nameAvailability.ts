import { ArmError } from "../core/errors.ts";
import { stringAt } from "../core/json.ts";
import type { ArmReply, ArmRequest, ResourceType, Services } from "../core/resourceType.ts";

/** Namespaces whose names are global, with where the store keeps them. */
const GLOBAL_NAMES: Record<string, { kind: string; type: string }> = {
  "microsoft.storage": { kind: "storageAccounts", type: "Microsoft.Storage/storageAccounts" },
  "microsoft.containerregistry": {
    kind: "registries",
    type: "Microsoft.ContainerRegistry/registries",
  },
};

/** `POST /subscriptions/<id>/providers/<namespace>/checkNameAvailability`. */
export function nameAvailability(
  { method, id, body }: ArmRequest,
  types: readonly ResourceType[],
  services: Services,
): ArmReply | undefined {
  const [namespace = "", verb, ...rest] = id.type.toLowerCase().split("/");
  const known = GLOBAL_NAMES[namespace];
  const asked = method === "POST" && verb === "checknameavailability" && rest.length === 0;
  if (!asked || known === undefined) return undefined;
  const name = stringAt(body, "name") ?? "";
  const answer = (nameAvailable: boolean, reason?: string, message?: string): ArmReply => ({
    status: 200,
    body: nameAvailable
      ? { nameAvailable }
      : { nameAvailable, reason: reason ?? "", message: message ?? "" },
  });
  try {
    types.find((type) => type.type === known.type)?.checkName(name);
  } catch (error) {
    if (error instanceof ArmError) return answer(false, error.code, error.message);
    throw error;
  }
  if (services.store.nameOwner(known.kind, name) === undefined) return answer(true);
  return answer(false, "AlreadyExists", `The name ${name} is already taken.`);
}
