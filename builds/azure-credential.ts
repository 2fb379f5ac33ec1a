import type { TokenCredential } from "@azure/identity";

export interface CredentialSettings {
  tenantId: string | undefined;
  clientId: string | undefined;
  clientSecret: string | undefined;
  useMsi: boolean;
  /** Where a login without a secret gets its assertion; absent where none is wanted. */
  oidc: OidcSource | undefined;
  /** Of a cloud that is not public Azure. */
  authorityHost: string | undefined;
}

/** The token that another identity provider gives this run: itself, its file, or who is asked for it. */
export type OidcSource =
  | { token: string }
  | { file: string }
  | { requestUrl: string; requestToken: string };

type Environment = Readonly<Record<string, string | undefined>>;

const AUDIENCE = "api://AzureADTokenExchange";
const TIMEOUT_MILLISECONDS = 30_000;

/** The first that the settings are complete for: secret, OIDC, managed identity, `az login`. */
export async function credentialFor(settings: CredentialSettings): Promise<TokenCredential> {
  // Imported here: reading this library costs more than all the rest of a run that needs no token.
  const identity = await import("@azure/identity");
  const { tenantId, clientId, clientSecret, useMsi, oidc, authorityHost } = settings;
  const authority = authorityHost === undefined ? {} : { authorityHost };
  if (tenantId && clientId && clientSecret) {
    return new identity.ClientSecretCredential(tenantId, clientId, clientSecret, authority);
  }
  if (oidc !== undefined) {
    if (!tenantId || !clientId) {
      throw new Error("ARM_USE_OIDC needs ARM_TENANT_ID and ARM_CLIENT_ID; set both");
    }
    const assertion = () => oidcToken(oidc);
    return new identity.ClientAssertionCredential(tenantId, clientId, assertion, authority);
  }
  if (useMsi) return new identity.ManagedIdentityCredential(clientId ? { clientId } : {});
  return new identity.DefaultAzureCredential({
    ...authority,
    ...(tenantId ? { tenantId } : {}),
    ...(clientId ? { managedIdentityClientId: clientId } : {}),
  });
}

/**
 * The variables that azure-native reads, and those that GitHub Actions sets for it.
 *
 * @returns undefined unless `ARM_USE_OIDC` is `true`
 * @throws {Error} when it is and there is no token to be had
 */
export function oidcSource(env: Environment): OidcSource | undefined {
  if (env.ARM_USE_OIDC?.toLowerCase() !== "true") return undefined;
  const { ARM_OIDC_TOKEN: token, ARM_OIDC_TOKEN_FILE_PATH: file } = env;
  if (token) return { token };
  if (file) return { file };
  const requestUrl = env.ARM_OIDC_REQUEST_URL || env.ACTIONS_ID_TOKEN_REQUEST_URL;
  const requestToken = env.ARM_OIDC_REQUEST_TOKEN || env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (requestUrl && requestToken) return { requestUrl, requestToken };
  throw new Error(
    "ARM_USE_OIDC is set and there is no token: set ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, or ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN (in GitHub Actions, give the job `id-token: write`)",
  );
}

/** Read anew for each exchange: it is good for minutes, a run may take longer. */
export async function oidcToken(source: OidcSource): Promise<string> {
  if ("token" in source) return source.token;
  if ("file" in source) {
    const { readFile } = await import("node:fs/promises");
    return (await readFile(source.file, "utf8")).trim();
  }
  const url = new URL(source.requestUrl);
  url.searchParams.set("audience", AUDIENCE);
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${source.requestToken}`, accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  const body: unknown = answer.ok ? await answer.json() : undefined;
  const value = typeof body === "object" && body !== null && "value" in body ? body.value : "";
  if (typeof value !== "string" || value === "") {
    throw new Error(`${url.origin} answered ${answer.status} without an OIDC token`);
  }
  return value;
}
