/** Answers a registry that asks who somebody is, by a login or a token. */
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import { isLoopback } from "../../builds/endpoints.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { FindLogin, Login } from "./login.ts";
import type { Send } from "./pipeline.ts";
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

/** What answers a challenge. */
interface Answered {
  /** The header's value. */
  authorization: string;
  /** Whether it is from before, and may have expired since. */
  isKept: boolean;
}

/** With what the last request had, with what was kept for the challenge, and with what is new. */
const MAX_SENDS = 3;

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
  const token = async (
    { parameters }: Challenge,
    refused: ReadonlySet<string>,
  ): Promise<Answered> => {
    const realm = parameters.get("realm") ?? "";
    const [service, scope] = [parameters.get("service"), parameters.get("scope")];
    const key = JSON.stringify([realm, service, scope]);
    const kept = tokens.get(key);
    if (kept !== undefined && !refused.has(bearer(await kept))) {
      return { authorization: bearer(await kept), isKept: true };
    }
    const asked = login().then((known) =>
      fetchToken(send, { registry, realm, service, scope, insecure, login: known }),
    );
    tokens.set(key, asked);
    asked.catch(() => tokens.delete(key));
    return { authorization: bearer(await asked), isKept: false };
  };
  const answer = async (
    header: string,
    refused: ReadonlySet<string>,
  ): Promise<Answered | undefined> => {
    const challenges = parseChallenges(header);
    const wantsToken = challenges.find(({ scheme }) => scheme === "bearer");
    const wantsLogin = challenges.some(({ scheme }) => scheme === "basic");
    const known = wantsToken || wantsLogin ? await login() : undefined;
    if (known?.kind === "bearer") return { authorization: bearer(known.token), isKept: false };
    if (wantsToken !== undefined) return token(wantsToken, refused);
    if (!wantsLogin || known?.kind !== "password") return undefined;
    return { authorization: basicAuthorization(known), isKept: false };
  };

  return {
    name: "slipwayAuthorizationPolicy",
    async sendRequest(request, next) {
      if (new URL(request.url).origin !== origin.origin) {
        request.headers.delete("authorization");
        return next(request);
      }
      const refused = new Set<string>();
      let authorization = current;
      for (let isLast = false, sends = 1; ; sends++) {
        if (authorization !== undefined) request.headers.set("authorization", authorization);
        const response = await next(request);
        if (response.status !== 401 || isLast || sends === MAX_SENDS) return response;
        if (authorization !== undefined) refused.add(authorization);
        const header = response.headers.get("www-authenticate") ?? "";
        const answered = await answer(header, refused);
        if (answered === undefined || refused.has(answered.authorization)) return response;
        authorization = answered.authorization;
        current = authorization;
        isLast = !answered.isKept;
      }
    },
  };
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}
