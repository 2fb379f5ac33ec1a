import { badRequest, conflict } from "../../core/errors.ts";
import type { Services } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import type { Configuration, Container, Template } from "./appTypes.ts";
import { hasWorkloadProfile } from "./environments.ts";
import { appsIn } from "./usage.ts";

export interface AppInput {
  appName: string;
  environment: ResourceRecord;
  workloadProfileName: string | undefined;
  identity: string[];
  template: Template;
  configuration: Configuration;
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DEFAULT_RESOURCES = { cpu: 0.5, memory: "1Gi" };
const CPU_STEP = 0.25;
const MAX_CONSUMPTION_CPU = 4;
const MAX_REPLICAS = 1000;

/** Checks what Container Apps refuses at once. @throws ArmError 400 or 409 with the provider's code */
export function checkApp(
  input: AppInput,
  services: Services,
  existing: ResourceRecord | undefined,
): void {
  if (input.environment.properties.provisioningState !== "Succeeded") {
    throw conflict(
      "ManagedEnvironmentNotProvisioned",
      `The environment '${input.environment.id}' has not been provisioned successfully.`,
    );
  }
  checkConfiguration(input);
  checkContainers(input);
  checkVolumes(input, services);
  checkResources(input);
  checkScale(input, services, existing);
}

/** CPU and memory of a container, with the service's defaults. */
export function resourcesOf(container: Container): { cpu: number; memory: string } {
  return {
    cpu: container.resources?.cpu ?? DEFAULT_RESOURCES.cpu,
    memory: container.resources?.memory ?? DEFAULT_RESOURCES.memory,
  };
}

function checkConfiguration({ appName, configuration, identity }: AppInput): void {
  const secrets = configuration.secrets ?? [];
  for (const secret of secrets) {
    if (!DNS_LABEL.test(secret.name) || secret.name.length > 253) {
      throw badRequest(
        "ContainerAppInvalidSecretName",
        `Container app '${appName}' has an invalid secret name '${secret.name}': lowercase letters, digits and '-'.`,
      );
    }
    if (secret.value === undefined && secret.keyVaultUrl === undefined) {
      throw badRequest(
        "ContainerAppSecretInvalid",
        `Container app secret(s) with name(s) '${secret.name}' are invalid: value or keyVaultUrl and identity should be provided.`,
      );
    }
  }
  refuseTwins(
    secrets.map((secret) => secret.name),
    "ContainerAppSecretNameDuplicated",
    "secret",
  );
  for (const registry of configuration.registries ?? []) {
    const user = registry.identity;
    if (
      user !== undefined &&
      user !== "" &&
      user !== "system" &&
      !identity.includes(user.toLowerCase())
    ) {
      throw badRequest(
        "InvalidParameterValueInContainerTemplate",
        `Registry '${registry.server}' names the identity '${user}', which is not assigned to the container app '${appName}'.`,
        "configuration.registries.identity",
      );
    }
    const ref = registry.passwordSecretRef;
    if (ref && !secrets.some((secret) => secret.name === ref)) throw secretMissing(appName, ref);
  }
  const port = configuration.ingress?.targetPort;
  if (port !== undefined && (port < 0 || port > 65535)) {
    throw badRequest(
      "ContainerAppInvalidIngressTargetPort",
      `The target port ${port} of container app '${appName}' is not between 1 and 65535.`,
    );
  }
}

function checkContainers({ appName, template, configuration }: AppInput): void {
  const containers = [...template.containers, ...(template.initContainers ?? [])];
  const secrets = new Set((configuration.secrets ?? []).map((secret) => secret.name));
  refuseTwins(
    containers.map((container) => container.name),
    "ContainerAppDuplicateContainerName",
    "container",
  );
  for (const container of containers) {
    if (!DNS_LABEL.test(container.name) || container.name.length > 63) {
      throw invalidField(
        `template.containers.${container.name}.name`,
        container.name,
        "a lowercase RFC 1123 label is required",
      );
    }
    if (/\s/.test(container.image) || /@(?!sha256:[0-9a-f]{64}$)/.test(container.image)) {
      throw invalidField(
        `template.containers.${container.name}.image`,
        container.image,
        "could not parse reference",
      );
    }
    for (const variable of container.env ?? []) {
      if (!/^[-._A-Za-z][-._A-Za-z0-9]*$/.test(variable.name)) {
        throw invalidField(
          `template.containers.${container.name}.env`,
          variable.name,
          "invalid environment variable name",
        );
      }
      if (variable.secretRef && !secrets.has(variable.secretRef))
        throw secretMissing(appName, variable.secretRef);
    }
    refuseTwins(
      (container.env ?? []).map((variable) => variable.name),
      "ContainerAppDuplicateEnvironmentVariable",
      "environment variable",
    );
  }
}

function checkVolumes({ appName, template, environment }: AppInput, services: Services): void {
  const volumes = template.volumes ?? [];
  refuseTwins(
    volumes.map((volume) => volume.name),
    "ContainerAppDuplicateVolumeName",
    "volume",
  );
  for (const volume of volumes) {
    if (!volume.storageType?.endsWith("AzureFile")) continue;
    const id = `${environment.id}/storages/${volume.storageName ?? ""}`;
    if (!volume.storageName || services.store.get(id) === undefined) {
      throw badRequest(
        "ManagedEnvironmentStorageNotFound",
        `The volume '${volume.name}' of container app '${appName}' names the storage '${volume.storageName ?? ""}', which the environment '${environment.name}' does not have.`,
      );
    }
  }
  for (const container of [...template.containers, ...(template.initContainers ?? [])]) {
    const mounts = container.volumeMounts ?? [];
    for (const mount of mounts) {
      if (!volumes.some((volume) => volume.name === mount.volumeName)) {
        throw invalidField(
          `template.containers.${container.name}.volumeMounts`,
          mount.volumeName,
          "no volume of that name",
        );
      }
      if (!mount.mountPath.startsWith("/") || mount.mountPath.includes(":")) {
        throw invalidField(
          `template.containers.${container.name}.volumeMounts`,
          mount.mountPath,
          "the mount path must be absolute and cannot contain ':'",
        );
      }
    }
    refuseTwins(
      mounts.map((mount) => mount.mountPath),
      "ContainerAppDuplicateMountPath",
      "mount path",
    );
  }
}

function checkResources({ template, environment, workloadProfileName }: AppInput): void {
  if (workloadProfileName !== undefined && !hasWorkloadProfile(environment, workloadProfileName)) {
    throw badRequest(
      "WorkloadProfileNotFound",
      `The environment '${environment.name}' has no workload profile '${workloadProfileName}'.`,
    );
  }
  if (workloadProfileName !== undefined && workloadProfileName !== "Consumption") return;
  const each = template.containers.map(resourcesOf);
  const cpu = each.reduce((sum, { cpu }) => sum + cpu, 0);
  const memory = each.reduce((sum, { memory }) => sum + Number.parseFloat(memory), 0);
  const fits =
    cpu >= CPU_STEP &&
    cpu <= MAX_CONSUMPTION_CPU &&
    Number.isInteger(cpu / CPU_STEP) &&
    memory === cpu * 2;
  if (fits) return;
  throw badRequest(
    "ContainerAppInvalidResourceTotal",
    `The total requested CPU and memory resources for this application (CPU: ${cpu}, memory: ${memory}Gi) is invalid. Total CPU and memory for all containers defined in a Container App must add up to one of the CPU - Memory combinations [cpu: 0.25, memory: 0.5Gi] to [cpu: 4.0, memory: 8.0Gi] in steps of 0.25.`,
  );
}

function checkScale(
  { appName, template, environment }: AppInput,
  services: Services,
  existing: ResourceRecord | undefined,
): void {
  const least = template.scale?.minReplicas ?? 0;
  const most = template.scale?.maxReplicas ?? 10;
  if (least < 0 || most < 1 || most > MAX_REPLICAS || least > most) {
    throw badRequest(
      "ContainerAppInvalidScale",
      `The scale of container app '${appName}' is invalid: minReplicas ${least}, maxReplicas ${most}; 0 <= minReplicas <= maxReplicas <= ${MAX_REPLICAS}.`,
    );
  }
  const wanted = reservedCores(template);
  if (wanted === 0) return;
  const others = appsIn(services, environment.id).filter((app) => app.id !== existing?.id);
  const used = others.reduce(
    (sum, app) => sum + reservedCores(app.properties.template as unknown as Template),
    0,
  );
  const limit = services.settings().limits.coresPerEnvironment;
  if (used + wanted <= limit) return;
  throw badRequest(
    "MaximumAllowedCoresExceeded",
    `Maximum Allowed Cores exceeded for the Managed Environment '${environment.name}': ${used + wanted} of ${limit}.`,
  );
}

function reservedCores(template: Template): number {
  const cpu = template.containers.reduce((sum, container) => sum + resourcesOf(container).cpu, 0);
  return cpu * (template.scale?.minReplicas ?? 0);
}

function refuseTwins(names: string[], code: string, what: string): void {
  const twin = names.find((name, at) => names.indexOf(name) !== at);
  if (twin !== undefined) throw badRequest(code, `The ${what} '${twin}' is given more than once.`);
}

function invalidField(field: string, value: string, why: string) {
  return badRequest(
    "InvalidParameterValueInContainerTemplate",
    `The following field(s) are either invalid or missing. Field '${field}' is invalid with details: 'Invalid value: "${value}": ${why}'.`,
    field,
  );
}

function secretMissing(appName: string, name: string) {
  return badRequest(
    "ContainerAppSecretRefNotFound",
    `SecretRef '${name}' defined for container app '${appName}' is not found.`,
  );
}
