import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SANDBOX_SUBSCRIPTION_ID, SANDBOX_TENANT_ID } from "../../../sandbox/contract.ts";
import {
  APP_VERSION,
  type Fixture,
  GROUP,
  SUBSCRIPTION,
  startFixture,
  withGroup,
} from "./fixture.ts";
import { app, appBody, ENVIRONMENT, errorCode, LOCATION, withEnvironment } from "./world.ts";

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await withGroup(fixture);
});
afterAll(() => fixture.stop());

interface Raw {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

function raw(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Raw> {
  const send = url.startsWith("https:") ? secureRequest : request;
  return new Promise((resolve, reject) => {
    const sent = send(
      url,
      {
        method: options.method ?? "GET",
        headers: options.headers ?? {},
        ca: fixture.tls.cert,
        agent: false,
      },
      (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += String(chunk);
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

const group = () => `${fixture.arm.endpoint}${GROUP}?api-version=2024-03-01`;
const code = (answer: Raw) => [answer.status, JSON.parse(answer.body).error.code];

describe("tokens", () => {
  it("asks for one, and says where to get it", async () => {
    const answer = await raw(group());
    expect(code(answer)).toEqual([401, "AuthenticationFailed"]);
    expect(answer.headers["www-authenticate"]).toContain(
      `authorization_uri="${fixture.arm.endpoint}/${SANDBOX_TENANT_ID}/"`,
    );
    expect(code(await raw(group(), { headers: { authorization: "Basic YTpi" } }))).toEqual([
      401,
      "AuthenticationFailed",
    ]);
  });

  const withToken = async (change: (token: string) => string) =>
    raw(group(), { headers: { authorization: `Bearer ${change(await fixture.control.token())}` } });

  it("takes its own and no other", async () => {
    expect((await withToken((token) => token)).status).toBe(200);
    expect(code(await withToken((token) => `${token.slice(0, -3)}abc`))).toEqual([
      401,
      "InvalidAuthenticationToken",
    ]);
    expect(code(await withToken(() => "nonsense"))).toEqual([401, "InvalidAuthenticationToken"]);
    const unsigned = (token: string) =>
      `${Buffer.from('{"alg":"none"}').toString("base64url")}.${token.split(".")[1]}.`;
    expect(code(await withToken(unsigned))).toEqual([401, "InvalidAuthenticationToken"]);
    const foreign = await new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setAudience("https://management.azure.com/")
      .setExpirationTime("1h")
      .sign(Buffer.from("x".repeat(32)));
    expect(code(await withToken(() => foreign))).toEqual([401, "InvalidAuthenticationToken"]);
  });

  it("refuses one that is for something else or has expired", async () => {
    const other = await fixture.control.token("https://vault.azure.net");
    expect(code(await withToken(() => other))).toEqual([401, "InvalidAuthenticationTokenAudience"]);
    const { createTokens } = await import("../../../sandbox/arm/http/tokens.ts");
    const { openVault } = await import("../../../sandbox/arm/core/vault.ts");
    const old = await createTokens(openVault(fixture.stateDir), fixture.arm.endpoint).issue(
      "https://management.azure.com/",
      -60,
    );
    expect(code(await withToken(() => old.token))).toEqual([401, "ExpiredAuthenticationToken"]);
  });

  it("guards the control surface with the same token", async () => {
    expect((await raw(`${fixture.arm.endpoint}/_sandbox/settings`)).status).toBe(401);
  });

  it("issues one by client secret", async () => {
    const post = (tenantPath: string, body: string) =>
      raw(`${fixture.arm.endpoint}/${SANDBOX_TENANT_ID}/oauth2/${tenantPath}`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body,
      });
    const secret = encodeURIComponent(fixture.arm.identityHeader);
    const scope = encodeURIComponent("https://management.azure.com//.default");
    const good = await post(
      "v2.0/token",
      `grant_type=client_credentials&client_id=a&client_secret=${secret}&scope=${scope}`,
    );
    expect(good.status).toBe(200);
    const { access_token } = JSON.parse(good.body);
    expect(
      (await raw(group(), { headers: { authorization: `Bearer ${access_token}` } })).status,
    ).toBe(200);
    const bad = await post(
      "v2.0/token",
      `grant_type=client_credentials&client_id=a&client_secret=x&scope=${scope}`,
    );
    expect([bad.status, JSON.parse(bad.body).error]).toEqual([401, "invalid_client"]);
    const grant = await post("token", `grant_type=password&client_secret=${secret}`);
    expect([grant.status, JSON.parse(grant.body).error]).toEqual([400, "unsupported_grant_type"]);
  });

  it("issues one to a managed identity that knows the header", async () => {
    const url = `http://127.0.0.1:${fixture.ports.identity}/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com%2F`;
    expect((await raw(url)).status).toBe(403);
    expect((await raw(url, { headers: { "X-IDENTITY-HEADER": "x" } })).status).toBe(403);
    const good = await raw(url, { headers: { "X-IDENTITY-HEADER": fixture.arm.identityHeader } });
    const { access_token, expires_on, resource, token_type } = JSON.parse(good.body);
    expect({ resource, token_type }).toEqual({
      resource: "https://management.azure.com/",
      token_type: "Bearer",
    });
    const claims = JSON.parse(Buffer.from(access_token.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({
      tid: SANDBOX_TENANT_ID,
      aud: "https://management.azure.com/",
      exp: Number(expires_on),
      oid: expect.any(String),
    });
  });

  it("keeps its secret and tokens over a restart", async () => {
    const before = fixture.arm.identityHeader;
    const token = await fixture.control.token();
    await fixture.restart();
    expect(fixture.arm.identityHeader).toBe(before);
    expect((await withToken(() => token)).status).toBe(200);
  });
});

describe("the endpoint", () => {
  it("listens on loopback only", async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((face) => face?.family === "IPv4" && !face.internal);
    const reached = (host: string) =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host, port: fixture.ports.arm });
        socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
        socket.once("connect", () => socket.destroy());
      });
    expect(await reached("127.0.0.1")).toBe(true);
    if (outside !== undefined) expect(await reached(outside.address)).toBe(false);
  });

  it("tells the cloud's endpoints without a token", async () => {
    const answer = await raw(`${fixture.arm.endpoint}/metadata/endpoints?api-version=2022-09-01`);
    expect(JSON.parse(answer.body)).toMatchObject({
      resourceManager: fixture.arm.endpoint,
      authentication: { loginEndpoint: fixture.arm.endpoint, identityProvider: "AAD" },
      suffixes: { acrLoginServer: "azurecr.io", storage: "core.windows.net" },
    });
  });

  it("has one subscription", async () => {
    const list = await fixture.call("GET", "/subscriptions", undefined, "2022-12-01");
    expect(list.body.value).toMatchObject([
      { subscriptionId: SANDBOX_SUBSCRIPTION_ID, tenantId: SANDBOX_TENANT_ID, state: "Enabled" },
    ]);
    const other = GROUP.replace(SANDBOX_SUBSCRIPTION_ID, "11111111-1111-4111-8111-111111111111");
    expect(errorCode(await fixture.call("GET", other))).toEqual([404, "SubscriptionNotFound"]);
  });

  it("sends the headers that clients look at", async () => {
    const read = await fixture.call("GET", GROUP);
    expect(read.headers).toMatchObject({
      "x-ms-request-id": expect.any(String),
      "x-ms-correlation-request-id": expect.any(String),
    });
    expect(Number(read.headers["x-ms-ratelimit-remaining-subscription-reads"])).toBeGreaterThan(0);
    const write = await fixture.call("PUT", GROUP, LOCATION);
    expect(Number(write.headers["x-ms-ratelimit-remaining-subscription-writes"])).toBeGreaterThan(
      0,
    );
    const gone = await fixture.call("DELETE", app("none"));
    expect(Number(gone.headers["x-ms-ratelimit-remaining-subscription-deletes"])).toBeGreaterThan(
      0,
    );
  });

  it("throttles when told to", async () => {
    await fixture.control.changeSettings({ throttle: true });
    const answers = await Promise.all(
      Array.from({ length: 280 }, () => fixture.call("DELETE", app("none"))),
    );
    const limited = answers.find((answer) => answer.status === 429);
    expect(limited?.body.error.code).toBe("TooManyRequests");
    expect(limited?.headers["retry-after"]).toBe("1");
    await fixture.control.changeSettings({ throttle: false });
    expect((await fixture.call("DELETE", app("none"))).status).toBe(204);
  });

  it("knows the api-versions of each type", async () => {
    await withEnvironment(fixture);
    const at = (query: string) => fixture.control.send("GET", `${ENVIRONMENT}${query}`);
    expect(code(await at(""))).toEqual([400, "MissingApiVersionParameter"]);
    expect(code(await at("?api-version=2099-01-01"))).toEqual([400, "NoRegisteredProviderFound"]);
    expect(code(await fixture.control.send("GET", `${GROUP}?api-version=latest`))).toEqual([
      400,
      "InvalidApiVersionParameter",
    ]);
    expect((await at("?api-version=2025-02-02-preview")).status).toBe(200);
  });

  it("says what it does not know", async () => {
    const types = "/providers/Microsoft.App";
    expect(errorCode(await fixture.call("GET", `${GROUP}${types}/jobs/x`))).toEqual([
      404,
      "InvalidResourceType",
    ]);
    expect(errorCode(await fixture.call("GET", `${app("x")}/nonsense`))).toEqual([
      404,
      "InvalidResourceType",
    ]);
    expect(
      errorCode(await fixture.call("GET", `${SUBSCRIPTION}/providers/Microsoft.Nothing`)),
    ).toEqual([404, "InvalidResourceNamespace"]);
    expect(errorCode(await fixture.call("GET", "/nothing"))).toEqual([400, "InvalidResourceId"]);
    expect(errorCode(await fixture.call("POST", app("xx")))).toEqual([
      405,
      "HttpMethodNotSupported",
    ]);
    expect(
      errorCode(
        await fixture.call(
          "GET",
          `${SUBSCRIPTION}/providers/Microsoft.App/locations/westeurope/containerappOperationStatuses/11111111-1111-4111-8111-111111111111`,
        ),
      ),
    ).toEqual([404, "OperationNotFound"]);
  });

  it("refuses bodies that are not JSON objects, or too large", async () => {
    const token = await fixture.control.token();
    const put = (body: string, type = "application/json") =>
      raw(`${fixture.arm.endpoint}${app("x")}?api-version=${APP_VERSION}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${token}`, "content-type": type },
        body,
      });
    expect(code(await put("{"))).toEqual([400, "InvalidRequestContent"]);
    expect(code(await put("[]"))).toEqual([400, "InvalidRequestContent"]);
    expect(code(await put("a: b", "text/yaml"))).toEqual([400, "InvalidRequestContent"]);
    expect(code(await put('{"__proto__": {"polluted": true}}'))).toEqual([
      400,
      "InvalidRequestContent",
    ]);
    expect(code(await put(JSON.stringify({ a: "x".repeat(5_000_000) })))).toEqual([
      413,
      "RequestContentTooLarge",
    ]);
  });

  it("refuses writes to a provider that was unregistered", async () => {
    const provider = `${SUBSCRIPTION}/providers/Microsoft.App`;
    expect((await fixture.call("GET", provider)).body).toMatchObject({
      namespace: "Microsoft.App",
      registrationState: "Registered",
    });
    expect((await fixture.call("POST", `${provider}/unregister`)).body.registrationState).toBe(
      "Unregistered",
    );
    expect(errorCode(await fixture.call("PUT", app("x"), appBody()))).toEqual([
      409,
      "MissingSubscriptionRegistration",
    ]);
    await fixture.call("POST", `${provider}/register`);
    expect((await fixture.call("PUT", app("reg"), appBody())).status).toBe(201);
  });
});
