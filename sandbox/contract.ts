/**
 * What the parts of the offline Azure know of each other. The ARM endpoint, the task runner, the
 * registry and the git host are built apart and meet only in these shapes.
 */

/** The only subscription and tenant that the sandbox has; `Pulumi.dev.yaml` pins the subscription (S-13). */
export const SANDBOX_SUBSCRIPTION_ID = "00000000-0000-4000-8000-736c69707761";
export const SANDBOX_TENANT_ID = "00000000-0000-4000-9000-736c69707761";
export const SANDBOX_LOCATION = "westeurope";

/** Loopback ports, chosen once per checkout and kept in `.sandbox/ports.json`. */
export interface SandboxPorts {
  /** HTTPS: Azure Resource Manager, token endpoint and cloud metadata. */
  arm: number;
  /** HTTP: managed-identity endpoint (`IDENTITY_ENDPOINT`). */
  identity: number;
  /** HTTP: OCI registry; ACR `<name>.azurecr.io/<repository>` is served as `<name>/<repository>`. */
  registry: number;
  /** HTTP: git host; `https://git.example.com/<path>` is served as `/git.example.com/<path>`. */
  git: number;
}

/** Looks images up in the sandbox's registry. */
export interface ImageLookup {
  /**
   * @param reference as on Azure: `<name>.azurecr.io/<repository>@sha256:<hex>` or `...:<tag>`
   * @returns whether a pull of it would find a manifest
   */
  exists(reference: string): Promise<boolean>;
}

/** What a scheduled run is to do, resolved from the task, its step and the run request's overrides. */
export interface TaskRunRequest {
  runId: string;
  /** `<name>.azurecr.io` */
  loginServer: string;
  /** Decoded YAML of an EncodedTask step, `{{.Values.x}}` and `$Registry` not yet replaced. */
  taskYaml: string;
  /** `<repo>.git#<commit>:<folder>`, as on Azure; the runner maps the host. */
  contextPath: string | undefined;
  /** Never logged, never stored in the request log. */
  contextAccessToken: string | undefined;
  values: readonly { name: string; value: string; isSecret: boolean }[];
  platform: { os: string; architecture: string };
  timeoutSeconds: number;
}

export interface OutputImage {
  /** `<name>.azurecr.io` */
  registry: string;
  repository: string;
  tag: string;
  /** `sha256:<hex>` */
  digest: string;
}

export interface TaskRunResult {
  status: "Succeeded" | "Failed" | "Canceled" | "Timeout";
  outputImages: OutputImage[];
  /** Present when the status is not Succeeded. */
  errorMessage?: string;
}

/** Runs one task run. `log` gets the run's log as it grows, with secrets already masked. */
export interface TaskRunner {
  run(
    request: TaskRunRequest,
    log: (chunk: string) => void,
    signal: AbortSignal,
  ): Promise<TaskRunResult>;
}

export interface ArmOptions {
  /** Folder for the durable state, e.g. `.sandbox/arm`; holds `requests.jsonl`, the request log. */
  stateDir: string;
  ports: SandboxPorts;
  /** PEM; the certificate names `localhost` and 127.0.0.1. */
  tls: { key: string; cert: string };
  images: ImageLookup;
  runner: TaskRunner;
}

export interface RunningArm {
  /** `https://localhost:<port>` */
  endpoint: string;
  /** Value of `IDENTITY_HEADER`; the managed-identity endpoint answers only who sends it. */
  identityHeader: string;
  /** Stops listening; state stays. Runs under way are left unfinished, as on a crash. */
  close(): Promise<void>;
}
