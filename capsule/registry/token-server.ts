/** Tokens for a registry: https://distribution.github.io/distribution/spec/auth/token/ */
import { createPipelineRequest, type PipelineRequest } from "@azure/core-rest-pipeline";
import { isLoopback } from "../../builds/endpoints.ts";
import { failure, refusedAnswer, unreachable } from "./failures.ts";
import type { Login } from "./login.ts";
import type { Send } from "./pipeline.ts";

export interface TokenRequest {
  /** As problems name it. */
  registry: string;
  realm: string;
  service: string | undefined;
  scope: string | undefined;
  /** Whether the registry is served over plain http. */
  insecure: boolean;
  login: Login | undefined;
}

/** Names this client where a server asks for its name. */
const CLIENT = "slipway";
/** What can stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * @param send follows no redirect: what is sent is for the realm alone
 * @returns the token
 * @throws SlipwayError `registry-denied`, `registry-answer`, `registry-unreachable`
 */
export async function fetchToken(send: Send, request: TokenRequest): Promise<string> {
  const { registry, scope = "what is there" } = request;
  const what = `a token for ${JSON.stringify(scope)}`;
  const response = await send(tokenRequest(request)).catch((error: unknown) => {
    throw unreachable(`the token server of ${registry}`, what, error);
  });
  if (response.status === 400 || response.status === 401 || response.status === 403) {
    throw refusedAnswer(registry, what, 401, "");
  }
  if (response.status !== 200) {
    throw refusedAnswer(`the token server of ${registry}`, what, response.status, "");
  }
  const token = textIn(response.bodyAsText ?? "", "token", "access_token");
  if (token === undefined) {
    throw failure(
      "registry-answer",
      `the token server of ${registry} answered without a token, expected one for ${JSON.stringify(scope)}; check who serves that address`,
    );
  }
  return token;
}

function tokenRequest(asked: TokenRequest): PipelineRequest {
  const { service, scope, login } = asked;
  const url = realmOf(asked);
  const fields = new URLSearchParams();
  if (service !== undefined) fields.set("service", service);
  if (scope !== undefined) fields.set("scope", scope);
  if (login?.kind === "identity") {
    fields.set("grant_type", "refresh_token");
    fields.set("client_id", CLIENT);
    fields.set("refresh_token", login.token);
    return form(url, fields);
  }
  for (const [name, value] of fields) url.searchParams.set(name, value);
  const request = createPipelineRequest({ url: url.href, allowInsecureConnection: true });
  if (login?.kind === "password") request.headers.set("authorization", basicAuthorization(login));
  return request;
}

/** A form, sent by POST so that no secret is in an address. */
export function form(url: URL, fields: URLSearchParams): PipelineRequest {
  const request = createPipelineRequest({
    url: url.href,
    method: "POST",
    allowInsecureConnection: true,
    body: fields.toString(),
  });
  request.headers.set("content-type", "application/x-www-form-urlencoded");
  return request;
}

export function basicAuthorization({ user, password }: Login & { kind: "password" }): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

/** In clear, a login goes no further than this machine. */
function realmOf({ registry, realm, insecure, login }: TokenRequest): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isHttp =
    url?.protocol === "http:" && (isLoopback(url.host) || (insecure && login === undefined));
  if (url === undefined || url.username !== "" || !(url.protocol === "https:" || isHttp)) {
    throw failure(
      "registry-answer",
      `${registry} names a token server that is no https address, expected one; check who serves that registry`,
    );
  }
  return url;
}

/** A field of a JSON object that can stand in a header; undefined for anything else. */
export function textIn(text: string, ...names: readonly string[]): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof answer !== "object" || answer === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(answer));
  return names
    .map((name) => fields.get(name))
    .find((value): value is string => typeof value === "string" && TOKEN.test(value));
}
