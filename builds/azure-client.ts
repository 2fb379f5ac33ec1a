import type { TokenCredential } from "@azure/identity";
import { credentialFor, oidcSource } from "./azure-credential.ts";

/** What an `@azure/arm-*` client is made with. */
export interface ArmConnection {
  credential: TokenCredential;
  /** Base URL of Azure Resource Manager, without a trailing slash. */
  endpoint: string;
  credentialScopes: string[];
  /** Absent when neither the overrides nor the environment name one. */
  subscriptionId: string | undefined;
  tenantId: string | undefined;
  clientId: string | undefined;
  /** Options for a client's constructor; both generations of the SDK find their own keys in it. */
  clientOptions: {
    endpoint: string;
    credentialScopes: string[];
    credentials: { scopes: string[] };
  };
}

/** Settings that win over the environment, as the provider's own configuration does. */
export interface ArmOverrides {
  subscriptionId?: string | undefined;
  tenantId?: string | undefined;
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  useMsi?: boolean | undefined;
  /** `public`, `usgovernment` or `china`. */
  environment?: string | undefined;
  /** `host[:port]` that serves the cloud's metadata. */
  metadataHost?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Cloud {
  endpoint: string;
  audience: string;
  authorityHost: string | undefined;
}

const CLOUDS: Readonly<Record<string, Cloud>> = {
  public: {
    endpoint: "https://management.azure.com",
    audience: "https://management.azure.com",
    authorityHost: undefined,
  },
  usgovernment: {
    endpoint: "https://management.usgovcloudapi.net",
    audience: "https://management.usgovcloudapi.net",
    authorityHost: "https://login.microsoftonline.us",
  },
  china: {
    endpoint: "https://management.chinacloudapi.cn",
    audience: "https://management.chinacloudapi.cn",
    authorityHost: "https://login.chinacloudapi.cn",
  },
};

/**
 * Finds Azure Resource Manager and a credential for it, from the variables that Pulumi's azure-native
 * provider reads (`ARM_SUBSCRIPTION_ID`, `ARM_TENANT_ID`, `ARM_CLIENT_ID`, `ARM_CLIENT_SECRET`,
 * `ARM_USE_MSI`, `ARM_USE_OIDC` and what belongs to it, `ARM_ENVIRONMENT`,
 * `ARM_METADATA_HOSTNAME`). With none set: public Azure and `DefaultAzureCredential`, that is
 * `az login` on a developer's machine.
 *
 * @throws {Error} for an unknown cloud, when the metadata host does not answer as one, or when OIDC
 *   is asked for and something of it is missing
 */
export async function connectArm(
  env: Environment,
  overrides: ArmOverrides = {},
): Promise<ArmConnection> {
  const tenantId = overrides.tenantId ?? nonEmpty(env.ARM_TENANT_ID);
  const clientId = overrides.clientId ?? nonEmpty(env.ARM_CLIENT_ID);
  const clientSecret = overrides.clientSecret ?? nonEmpty(env.ARM_CLIENT_SECRET);
  const useMsi = overrides.useMsi ?? env.ARM_USE_MSI?.toLowerCase() === "true";
  const metadataHost = overrides.metadataHost ?? nonEmpty(env.ARM_METADATA_HOSTNAME);
  const name = overrides.environment ?? nonEmpty(env.ARM_ENVIRONMENT) ?? "public";
  const cloud = metadataHost ? await cloudFromMetadata(metadataHost) : namedCloud(name);
  const scopes = [`${cloud.audience}/.default`];
  return {
    credential: await credentialFor({
      tenantId,
      clientId,
      clientSecret,
      useMsi,
      oidc: oidcSource(env),
      authorityHost: cloud.authorityHost,
    }),
    endpoint: cloud.endpoint,
    credentialScopes: scopes,
    subscriptionId: overrides.subscriptionId ?? nonEmpty(env.ARM_SUBSCRIPTION_ID),
    tenantId,
    clientId,
    clientOptions: { endpoint: cloud.endpoint, credentialScopes: scopes, credentials: { scopes } },
  };
}

function namedCloud(name: string): Cloud {
  const cloud = CLOUDS[name.toLowerCase()];
  if (!cloud) {
    const known = Object.keys(CLOUDS).join(", ");
    throw new Error(`unknown Azure environment "${name}"; known: ${known}`);
  }
  return cloud;
}

/** The part of `/metadata/endpoints` that a client needs; other fields are for `az` and the portal. */
interface CloudMetadata {
  resourceManager?: unknown;
  authentication?: { loginEndpoint?: unknown; audiences?: unknown };
}

async function cloudFromMetadata(host: string): Promise<Cloud> {
  const { createDefaultHttpClient, createPipelineFromOptions, createPipelineRequest } =
    await import("@azure/core-rest-pipeline");
  const url = `https://${host}/metadata/endpoints?api-version=2022-09-01`;
  const pipeline = createPipelineFromOptions({});
  const request = createPipelineRequest({ url, method: "GET" });
  const response = await pipeline.sendRequest(createDefaultHttpClient(), request);
  const body: unknown = response.status === 200 ? JSON.parse(response.bodyAsText ?? "") : undefined;
  // Older API versions answer with a list of clouds, this one with a single cloud.
  const metadata = (Array.isArray(body) ? body[0] : body) as CloudMetadata | undefined;
  const endpoint = metadata?.resourceManager;
  const audience = (metadata?.authentication?.audiences as unknown[] | undefined)?.[0];
  if (typeof endpoint !== "string" || typeof audience !== "string") {
    throw new Error(
      `${url} answered ${response.status} without a resource manager and an audience`,
    );
  }
  const login = metadata?.authentication?.loginEndpoint;
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    audience: audience.replace(/\/+$/, ""),
    authorityHost: typeof login === "string" ? login : undefined,
  };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
