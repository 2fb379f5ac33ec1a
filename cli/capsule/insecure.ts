/** The flag of every verb that may ask a registry. */
export const INSECURE = [
  "--insecure",
  "plain http, for a registry that is not on this machine",
] as const;
