/** Versions of Microsoft.App that its resource types answer. */
export const APP_API_VERSIONS = [
  "2022-03-01",
  "2022-10-01",
  "2023-05-01",
  "2023-05-02-preview",
  "2023-08-01-preview",
  "2023-11-02-preview",
  "2024-02-02-preview",
  "2024-03-01",
  "2024-08-02-preview",
  "2024-10-02-preview",
  "2025-01-01",
  "2025-02-02-preview",
  "2025-07-01",
  "2025-10-02-preview",
];
