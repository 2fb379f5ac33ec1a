import { timingSafeEqual } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { SANDBOX_TENANT_ID } from "../../contract.ts";
import { ArmError } from "../core/errors.ts";
import { uuidOf, type Vault } from "../core/vault.ts";

export interface AccessToken {
  token: string;
  /** Seconds since the epoch. */
  expiresOn: number;
}

export interface Tokens {
  /** The secret of both ways to a token: `IDENTITY_HEADER`, and the client secret of any client id. */
  secret: string;
  isSecret(given: string | undefined): boolean;
  issue(audience: string, lifetimeSeconds?: number): Promise<AccessToken>;
  /** @throws ArmError 401 as ARM answers a token that is missing, wrong, expired or for something else */
  verify(authorization: string | undefined): Promise<void>;
}

const LIFETIME_SECONDS = 86_400;
const AUDIENCES = ["https://management.azure.com", "https://management.core.windows.net"];

/** @param endpoint the endpoint's own URL: issuer, and an audience */
export function createTokens(vault: Vault, endpoint: string): Tokens {
  const key = vault.derive("access-token");
  const secret = vault.derive("identity-header").toString("base64url");
  const issuer = `${endpoint}/${SANDBOX_TENANT_ID}/`;
  const audiences = [...AUDIENCES, endpoint].flatMap((name) => [name, `${name}/`]);
  const principal = uuidOf("principal", "sandbox-operator");
  const refusal = (code: string, message: string): ArmError =>
    new ArmError(401, code, message, {
      headers: {
        "WWW-Authenticate": `Bearer authorization_uri="${issuer}", error="invalid_token", error_description="${message}"`,
      },
    });
  return {
    secret,
    isSecret(given) {
      const a = Buffer.from(given ?? "");
      const b = Buffer.from(secret);
      return a.length === b.length && timingSafeEqual(a, b);
    },
    async issue(audience, lifetimeSeconds = LIFETIME_SECONDS) {
      const now = Math.floor(Date.now() / 1000);
      const expiresOn = now + lifetimeSeconds;
      const token = await new SignJWT({
        tid: SANDBOX_TENANT_ID,
        oid: principal,
        sub: principal,
        appid: uuidOf("client", "sandbox-operator"),
        idtyp: "app",
        ver: "1.0",
        xms_mirid: "/sandbox",
      })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(expiresOn)
        .sign(key);
      return { token, expiresOn };
    },
    async verify(authorization) {
      const token = /^Bearer ([^ ]+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined) {
        throw refusal(
          "AuthenticationFailed",
          "Authentication failed. The 'Authorization' header is missing or is not a bearer token.",
        );
      }
      try {
        await jwtVerify(token, key, { algorithms: ["HS256"], audience: audiences, issuer });
      } catch (error) {
        throw refusal(...whyRefused(error));
      }
    },
  };
}

function whyRefused(error: unknown): [code: string, message: string] {
  if (error instanceof errors.JWTExpired) {
    return ["ExpiredAuthenticationToken", "The access token has expired."];
  }
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === "aud") {
    return [
      "InvalidAuthenticationTokenAudience",
      "The access token has been obtained for the wrong audience or resource.",
    ];
  }
  return ["InvalidAuthenticationToken", "The access token is invalid."];
}
