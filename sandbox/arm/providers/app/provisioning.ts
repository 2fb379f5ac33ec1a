import { ArmError } from "../../core/errors.ts";
import { listAt, objectAt, stringAt } from "../../core/json.ts";
import type { Services } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { mayPull } from "../authorization/roleAssignments.ts";
import { REGISTRY_TYPE } from "../containerRegistry/registryFacts.ts";
import { systemPrincipal } from "../managedIdentity/assigned.ts";
import { identityOf } from "../managedIdentity/identities.ts";
import { mountProblem } from "./storages.ts";

/** Why the newest revision of an app cannot start, or undefined. Looks images up, so it takes time. */
export async function startProblem(
  services: Services,
  app: ResourceRecord,
): Promise<ArmError | undefined> {
  const template = objectAt(app.properties, "template");
  const containers = [...listAt(template, "initContainers"), ...listAt(template, "containers")];
  for (const container of containers) {
    const image = stringAt(container, "image") ?? "";
    const problem = await pullProblem(services, app, image);
    if (problem === undefined) continue;
    const field = `template.containers.${stringAt(container, "name") ?? ""}.image`;
    return new ArmError(
      400,
      "InvalidParameterValueInContainerTemplate",
      `The following field(s) are either invalid or missing. Field '${field}' is invalid with details: 'Invalid value: "${image}": ${problem}'.`,
      { target: field },
    );
  }
  return volumeProblem(services, app);
}

/** Images elsewhere than in an Azure registry are taken as public: nothing is reached outside. */
async function pullProblem(
  services: Services,
  app: ResourceRecord,
  image: string,
): Promise<string | undefined> {
  const server = image.split("/")[0]?.toLowerCase() ?? "";
  if (!server.endsWith(".azurecr.io")) return undefined;
  const owner = services.store.nameOwner("registries", server.slice(0, -".azurecr.io".length));
  const registry = owner === undefined ? undefined : services.store.get(owner);
  if (registry?.type !== REGISTRY_TYPE) return `Get "https://${server}/v2/": no such host`;
  const principal = pullPrincipal(services, app, server);
  if (principal === undefined || !mayPull(services, principal, registry.id)) {
    return `GET https://${server}/oauth2/token: UNAUTHORIZED: authentication required`;
  }
  const repository = image.slice(server.length + 1);
  const exists = await services.images.exists(image);
  return exists
    ? undefined
    : `GET https://${server}/v2/${repository}: MANIFEST_UNKNOWN: manifest is not found`;
}

/** Principal of the identity that the app uses for a registry. */
function pullPrincipal(
  services: Services,
  app: ResourceRecord,
  server: string,
): string | undefined {
  const registries = listAt(objectAt(app.properties, "configuration"), "registries");
  const entry = registries.find((r) => stringAt(r, "server")?.toLowerCase() === server);
  const identity = stringAt(entry, "identity");
  if (identity === undefined || identity === "") return undefined;
  if (identity === "system") return systemPrincipal(app.id);
  return stringAt(identityOf(services, identity)?.properties, "principalId");
}

function volumeProblem(services: Services, app: ResourceRecord): ArmError | undefined {
  const environment = stringAt(app.properties, "environmentId") ?? "";
  const template = objectAt(app.properties, "template");
  for (const volume of listAt(template, "volumes")) {
    const storage = services.store.get(
      `${environment}/storages/${stringAt(volume, "storageName") ?? ""}`,
    );
    const problem = storage === undefined ? undefined : mountProblem(services, storage);
    if (problem === undefined) continue;
    return new ArmError(
      400,
      "ContainerAppOperationError",
      `Failed to provision revision for container app '${app.name}'. Error details: Operation expired. VolumeMountFailure: the volume '${stringAt(volume, "name") ?? ""}' could not be mounted: ${problem}.`,
    );
  }
  return undefined;
}
