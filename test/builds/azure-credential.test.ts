import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectArm } from "../../builds/azure-client.ts";
import { oidcSource, oidcToken } from "../../builds/azure-credential.ts";
import { serveHttp } from "../fixtures/http.ts";

const LOGIN = { ARM_TENANT_ID: "t", ARM_CLIENT_ID: "c", ARM_USE_OIDC: "true" };

describe("the credential", () => {
  it("asserts the token of another identity provider where OIDC is asked for", async () => {
    const { credential } = await connectArm({ ...LOGIN, ARM_OIDC_TOKEN: "token" });
    expect(credential.constructor.name).toBe("ClientAssertionCredential");
  });

  it("is a secret's where there is one", async () => {
    const env = { ...LOGIN, ARM_OIDC_TOKEN: "token", ARM_CLIENT_SECRET: "hunter2" };
    const { credential } = await connectArm(env);
    expect(credential.constructor.name).toBe("ClientSecretCredential");
  });

  it.each(["ARM_TENANT_ID", "ARM_CLIENT_ID"])("is refused for OIDC without %s", async (name) => {
    const env = { ...LOGIN, ARM_OIDC_TOKEN: "token", [name]: "" };
    await expect(connectArm(env)).rejects.toThrow(name);
  });
});

describe("the OIDC token", () => {
  it("is not looked for unless it is asked for", () => {
    expect(oidcSource({ ARM_OIDC_TOKEN: "token" })).toBeUndefined();
  });

  it("comes from the environment", async () => {
    expect(await tokenOf({ ARM_OIDC_TOKEN: "token" })).toBe("token");
  });

  it("comes from a file, read anew each time", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-oidc-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "token");
    await writeFile(file, "first\n");
    const env = { ARM_OIDC_TOKEN_FILE_PATH: file };
    expect(await tokenOf(env)).toBe("first");
    await writeFile(file, "second\n");
    expect(await tokenOf(env)).toBe("second");
  });

  it("is asked of the provider that GitHub Actions names, for Azure's audience", async () => {
    const asked: IncomingMessage[] = [];
    const url = await serve(200, '{"value":"issued"}', asked);
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request",
    };
    expect(await tokenOf(env)).toBe("issued");
    expect(asked.map(({ url: path }) => path)).toEqual([
      "/token?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange",
    ]);
    expect(asked[0]?.headers.authorization).toBe("Bearer request");
  });

  it.each([
    ["refuses", 403, '{"value":"issued"}'],
    ["gives none", 200, "{}"],
  ])("is missed when the provider %s, without the request's token", async (_how, status, body) => {
    const url = await serve(status, body);
    const env = { ARM_OIDC_REQUEST_URL: url, ARM_OIDC_REQUEST_TOKEN: "request-secret" };
    const error = await tokenOf(env).catch((caught: unknown) => String(caught));
    expect(error).toContain(`answered ${status}`);
    expect(error).not.toContain("request-secret");
  });

  it("is missed when nothing tells where it is", () => {
    expect(() => oidcSource({ ARM_USE_OIDC: "true" })).toThrow("id-token: write");
  });
});

async function tokenOf(env: Record<string, string>): Promise<string> {
  const source = oidcSource({ ...env, ARM_USE_OIDC: "true" });
  if (source === undefined) throw new Error("no source");
  return oidcToken(source);
}

function serve(status: number, body: string, asked: IncomingMessage[] = []): Promise<string> {
  return serveHttp((request, response) => {
    asked.push(request);
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
}
