export const REGISTRY_TYPE = "Microsoft.ContainerRegistry/registries";

export const REGISTRY_API_VERSIONS = [
  "2019-05-01",
  "2020-11-01-preview",
  "2021-06-01-preview",
  "2021-08-01-preview",
  "2021-09-01",
  "2022-12-01",
  "2023-01-01-preview",
  "2023-06-01-preview",
  "2023-07-01",
  "2023-08-01-preview",
  "2023-11-01-preview",
  "2024-11-01-preview",
  "2025-03-01-preview",
  "2025-04-01",
  "2025-05-01-preview",
  "2025-06-01-preview",
  "2025-11-01",
  "2026-09-01-preview",
];

/** Tasks and runs have versions of their own. */
export const TASK_API_VERSIONS = [
  "2018-09-01",
  "2019-04-01",
  "2019-06-01-preview",
  "2025-03-01-preview",
];

/** `<name>.azurecr.io` */
export function loginServer(registryName: string): string {
  return `${registryName.toLowerCase()}.azurecr.io`;
}
