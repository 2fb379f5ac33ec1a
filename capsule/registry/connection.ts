/** What every request to one repository shares: where it goes, and what its failures mean. */
import {
  createPipelineRequest,
  type PipelineRequest,
  type PipelineRequestOptions,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { type EndpointMap, endpointMapFrom, isLoopback } from "../../builds/endpoints.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { authorizationPolicy } from "./authorization.ts";
import { azureLogin, isAzure } from "./azure-login.ts";
import { dockerLogin } from "./docker-config.ts";
import { failure, refusedAnswer, unreachable } from "./failures.ts";
import { createSend, PATIENCE, type Patience, type Send } from "./pipeline.ts";
import type { RepositoryName } from "./reference.ts";
import { type Pace, readStream } from "./stream.ts";

export interface RegistryOptions {
  /** Docker's logins, `SLIPWAY_ENDPOINTS`, proxies. */
  env?: Readonly<Record<string, string | undefined>>;
  endpoints?: EndpointMap;
  /** Plain http. Loopback is asked by plain http always, and others only so. */
  insecure?: boolean;
  patience?: Patience;
  /** For registries of Azure that Docker has no login of; that of the environment unless given. */
  credential?: TokenCredential;
}

export interface Connection {
  name: RepositoryName;
  /** `<origin>/v2/<repository>` */
  base: string;
  /** The repository, as it is called there. */
  path: string;
  origin: URL;
  pace: Pace;
  send: Send;
}

const DOCKER_HUB = "docker.io";

export function connect(name: RepositoryName, options: RegistryOptions): Connection {
  const { env = process.env, patience = PATIENCE } = options;
  const { registry, repository } = name;
  const target = (options.endpoints ?? endpointMapFrom(env)).mapRegistry(registry);
  const isMapped = target.origin !== `https://${registry}`;
  const plain = !isMapped && (options.insecure === true || isLoopback(registry));
  const host = registry === DOCKER_HUB ? "registry-1.docker.io" : registry;
  const origin = new URL(isMapped ? target.origin : `${plain ? "http" : "https"}://${host}`);
  const plainSend = createSend(patience);
  const { credential } = options;
  const findLogin = async () => {
    // A login is for the registry that it is named after, not for a stand-in.
    if (isMapped && target.insecure) return undefined;
    const login = await dockerLogin(registry, env);
    if (login !== undefined || !isAzure(registry)) return login;
    return azureLogin({ registry, origin, env, credential, send: plainSend });
  };
  const policy = authorizationPolicy({ registry, origin, findLogin, send: plainSend });
  const path = target.prefix + repository;
  return {
    name,
    path,
    base: `${origin.origin}/v2/${path}`,
    origin,
    pace: patience,
    send: createSend(patience, { policy, origin, registry }),
  };
}

export interface Asked extends Omit<PipelineRequestOptions, "headers"> {
  headers?: Readonly<Record<string, string | number>>;
}

export async function ask(
  { send, name }: Connection,
  what: string,
  { headers = {}, ...options }: Asked,
  accepted: readonly number[],
): Promise<PipelineResponse> {
  const request = createPipelineRequest(options);
  for (const [key, value] of Object.entries(headers)) request.headers.set(key, value);
  const response = await sent(send, request, name.registry, what);
  if (accepted.includes(response.status)) return response;
  throw refusedAnswer(name.registry, what, response.status, errorsIn(response.bodyAsText));
}

/** Lends the calls that image and capsule share to this client, with its own errors. */
export async function translated<T>(
  { send, name, origin }: Connection,
  what: string,
  call: (requests: { send: Send; base: string }) => Promise<T>,
): Promise<T> {
  const checked: Send = async (request) => {
    const response = await sent(send, request, name.registry, what);
    if (response.status === 200 || response.status === 404) return response;
    throw refusedAnswer(name.registry, what, response.status, errorsIn(response.bodyAsText));
  };
  try {
    return await call({ send: checked, base: origin.origin });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unreadable(name.registry, error);
  }
}

async function sent(
  send: Send,
  request: PipelineRequest,
  registry: string,
  what: string,
): Promise<PipelineResponse> {
  try {
    return await send(request);
  } catch (error) {
    throw error instanceof SlipwayError ? error : unreachable(registry, what, error);
  }
}

export async function body(
  { pace, name }: Connection,
  what: string,
  { readableStreamBody: stream }: PipelineResponse,
  options: { atMost: number; onProgress?: ((bytes: number) => void) | undefined },
): Promise<Buffer> {
  if (stream === undefined) return Buffer.alloc(0);
  try {
    return await readStream(stream, { ...pace, ...options });
  } catch (error) {
    throw unreachable(name.registry, what, error);
  }
}

export function readable<T>({ name }: Connection, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unreadable(name.registry, error);
  }
}

function unreadable(registry: string, error: SyntaxError): SlipwayError {
  return failure(
    "registry-answer",
    `${registry} lists referrers in what is no JSON, expected an image index; check who serves that registry`,
    error,
  );
}

/** The codes of the specification that an error has, and nothing else that a registry says. */
function errorsIn(text: string | null | undefined): string {
  const codes = (text ?? "").matchAll(/"code"\s*:\s*"([A-Z_]{1,40})"/g);
  return [...new Set([...codes].map(([, code]) => code))].slice(0, 3).join(", ");
}
