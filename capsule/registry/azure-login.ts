/** Azure's login for a registry of Azure, so that who has logged in to Azure needs no other. */
import type { TokenCredential } from "@azure/identity";
import { connectArm } from "../../builds/azure-client.ts";
import { refusedAnswer, unreachable } from "./failures.ts";
import type { Login } from "./login.ts";
import type { Send } from "./pipeline.ts";
import { form, textIn } from "./token-server.ts";

export interface AzureLoginOptions {
  /** `<name>.azurecr.io` */
  registry: string;
  /** Where it is served, by https. */
  origin: URL;
  env: Readonly<Record<string, string | undefined>>;
  /** That of the environment unless given. */
  credential?: TokenCredential | undefined;
  /** Follows no redirect. */
  send: Send;
}

const REGISTRY = /^[a-zA-Z0-9]+\.azurecr\.(io|us|cn)$/;
const SCOPE = "https://containerregistry.azure.net/.default";

/** Whether a registry is Azure's. */
export function isAzure(registry: string): boolean {
  return REGISTRY.test(registry);
}

/**
 * Exchanges Azure's token for the registry's, as `az acr login` does:
 * https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
 *
 * @returns undefined where nobody is logged in to Azure
 * @throws SlipwayError as other requests to the registry
 */
export async function azureLogin(options: AzureLoginOptions): Promise<Login | undefined> {
  const { registry, origin, send } = options;
  const token = await azureToken(options);
  if (token === undefined) return undefined;
  const fields = { grant_type: "access_token", service: registry, access_token: token };
  const url = new URL("/oauth2/exchange", origin);
  const what = "a login by Azure";
  const response = await send(form(url, new URLSearchParams(fields))).catch((error: unknown) => {
    throw unreachable(registry, what, error);
  });
  const refresh = textIn(response.bodyAsText ?? "", "refresh_token");
  if (response.status === 200 && refresh !== undefined) return { kind: "identity", token: refresh };
  throw refusedAnswer(registry, what, response.status === 200 ? 401 : response.status, "");
}

/** A machine without any login to Azure says so by an error, and may still read what is public. */
async function azureToken({ env, credential }: AzureLoginOptions): Promise<string | undefined> {
  try {
    const found = credential ?? (await connectArm(env)).credential;
    return (await found.getToken(SCOPE))?.token;
  } catch {
    return undefined;
  }
}
