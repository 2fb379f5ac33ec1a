/** What a registry can do wrong, each as a problem of one sentence. No secret is in any of them. */
import { type ProblemCode, SlipwayError } from "../../schemas/problem.ts";

export type RegistryProblem = Extract<
  ProblemCode,
  | "registry-unreachable"
  | "registry-denied"
  | "registry-busy"
  | "registry-missing"
  | "registry-answer"
  | "registry-login"
>;

/** A registry has other bytes under a digest: no failure of a moment, and no capsule or image either. */
export class OtherBytesError extends SlipwayError {
  /** @param digest `sha256:<hex>` that was asked for, or that the registry names for a tag */
  constructor(
    readonly digest: string,
    message: string,
  ) {
    super({ code: "registry-answer", message });
  }
}

/** @param what follows `<registry> ` or stands alone */
export function failure(code: RegistryProblem, message: string, cause?: unknown): SlipwayError {
  return new SlipwayError({ code, message }, cause === undefined ? {} : { cause });
}

/** What an answer other than success means for its user. */
export function refusedAnswer(
  registry: string,
  what: string,
  status: number,
  said: string,
): SlipwayError {
  const answered = `${registry} answered ${status}${said === "" ? "" : ` (${said})`} for ${what}`;
  if (status === 401 || status === 403) {
    return failure(
      "registry-denied",
      `${answered}, expected that this is allowed; log in by \`${loginCommand(registry)}\` with an account that may, then run the same command again`,
    );
  }
  if (status === 404) {
    return failure("registry-missing", `${answered}, expected it there; check the reference`);
  }
  if (status === 429) {
    return failure(
      "registry-busy",
      `${answered}: it takes no more requests for now; run the same command again later`,
    );
  }
  if (status >= 300 && status < 400) {
    return failure(
      "registry-answer",
      `${registry} sends the request for ${what} on and on, or nowhere, expected an answer; check the reference`,
    );
  }
  if (status >= 500) {
    return failure("registry-unreachable", `${answered}; run the same command again later`);
  }
  return failure("registry-answer", `${answered}, expected success; check the reference`);
}

function loginCommand(registry: string): string {
  const [, name] = /^([a-z0-9]+)\.azurecr\./i.exec(registry) ?? [];
  return name === undefined ? `docker login ${registry}` : `az acr login --name ${name}`;
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name does not resolve",
  EAI_AGAIN: "its name could not be looked up",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "it did not answer in time, or too slowly",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no route to it",
  EPROTO: "it does not speak TLS",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
};
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_/;

/** Why no answer came, or not all of it. */
export function unreachable(registry: string, what: string, error: unknown): SlipwayError {
  const code = errorCode(error);
  const why = CERTIFICATE.test(code)
    ? `its certificate is not trusted (${code}); name its authority in NODE_EXTRA_CA_CERTS`
    : `${CAUSES[code] ?? (code === "" ? "the request failed" : code)}; check the address and the network`;
  return failure(
    "registry-unreachable",
    `${registry} could not be asked for ${what}: ${why}, then run the same command again`,
    error,
  );
}

export function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
