/** Limits of Azure that the sandbox keeps, with the numbers of its documentation. */
export interface Limits {
  instancesPerGroup: number;
  environmentsPerRegion: number;
  environmentsPerSubscription: number;
  coresPerEnvironment: number;
  accountsPerRegion: number;
  sharesPerAccount: number;
  roleAssignmentsPerSubscription: number;
  tagsPerResource: number;
}

/** What tests may change while the endpoint runs; forgotten when it stops. */
export interface Settings {
  /** How long an operation takes, drawn evenly. */
  operationLatencyMs: { min: number; max: number };
  /** A poll of an unfinished operation is answered when it ends, or after this time. */
  pollHoldMs: number;
  /** Answers 429 where Azure's token buckets would; off, they only count. */
  throttle: boolean;
  limits: Limits;
}

export function defaultSettings(): Settings {
  return {
    operationLatencyMs: { min: 0, max: 50 },
    pollHoldMs: 1000,
    throttle: false,
    limits: {
      instancesPerGroup: 800,
      environmentsPerRegion: 15,
      environmentsPerSubscription: 20,
      coresPerEnvironment: 100,
      accountsPerRegion: 250,
      sharesPerAccount: 1024,
      roleAssignmentsPerSubscription: 4000,
      tagsPerResource: 50,
    },
  };
}

/** The settings with `change` laid over them; unknown keys are refused. */
export function changedSettings(settings: Settings, change: Partial<Settings>): Settings {
  for (const key of Object.keys(change)) {
    if (!(key in settings)) throw new Error(`unknown setting: ${key}`);
  }
  return { ...settings, ...change, limits: { ...settings.limits, ...change.limits } };
}
