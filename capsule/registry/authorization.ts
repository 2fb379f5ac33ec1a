/** Answers a registry that asks who somebody is, by a login or a token. */
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { FindLogin, Login } from "./login.ts";
import type { Send } from "./pipeline.ts";
import { isLoopback } from "./reference.ts";
import { basicAuthorization, fetchToken } from "./token-server.ts";

export interface AuthorizationOptions {
  /** As problems name it. */
  registry: string;
  /** The only one that sees a login or a token. */
  origin: URL;
  /** Asked at the first challenge, once. */
  findLogin: FindLogin;
  /** Reaches token servers. */
  send: Send;
}

/**
 * Sends what was good for the last request, and follows the registry's challenge when it is not any
 * more. Tokens are kept by scope. A request that was led to another origin goes without.
 */
export function authorizationPolicy(options: AuthorizationOptions): PipelinePolicy {
  const { registry, origin, send } = options;
  const insecure = origin.protocol === "http:";
  const tokens = new Map<string, Promise<string>>();
  let current: string | undefined;
  let found: Promise<Login | undefined> | undefined;

  const login = () => {
    // In clear, a login goes no further than this machine.
    if (insecure && !isLoopback(origin.host)) return Promise.resolve(undefined);
    found ??= options.findLogin();
    return found;
  };
  const token = async ({ parameters }: Challenge, refused: string | undefined) => {
    const realm = parameters.get("realm") ?? "";
    const [service, scope] = [parameters.get("service"), parameters.get("scope")];
    const key = JSON.stringify([realm, service, scope]);
    const kept = tokens.get(key);
    if (kept !== undefined && bearer(await kept) !== refused) return bearer(await kept);
    const asked = login().then((known) =>
      fetchToken(send, { registry, realm, service, scope, insecure, login: known }),
    );
    tokens.set(key, asked);
    asked.catch(() => tokens.delete(key));
    return bearer(await asked);
  };
  const answer = async (header: string, refused: string | undefined) => {
    const challenges = parseChallenges(header);
    const wantsToken = challenges.find(({ scheme }) => scheme === "bearer");
    const wantsLogin = challenges.some(({ scheme }) => scheme === "basic");
    const known = wantsToken || wantsLogin ? await login() : undefined;
    if (known?.kind === "bearer") return bearer(known.token);
    if (wantsToken !== undefined) return token(wantsToken, refused);
    return wantsLogin && known?.kind === "password" ? basicAuthorization(known) : undefined;
  };

  return {
    name: "slipwayAuthorizationPolicy",
    async sendRequest(request, next) {
      if (new URL(request.url).origin !== origin.origin) {
        request.headers.delete("authorization");
        return next(request);
      }
      const sent = current;
      if (sent !== undefined) request.headers.set("authorization", sent);
      const response = await next(request);
      if (response.status !== 401) return response;
      const answered = await answer(response.headers.get("www-authenticate") ?? "", sent);
      if (answered === undefined || answered === sent) return response;
      current = answered;
      request.headers.set("authorization", answered);
      return next(request);
    },
  };
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}
