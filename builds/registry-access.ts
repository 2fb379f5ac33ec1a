/** How an image registry is reached: by Azure's client, and by the ecosystem's own clients. */
import { RestError } from "@azure/core-rest-pipeline";
import { SlipwayError } from "../schemas/problem.ts";
import { connectArm } from "./azure-client.ts";
import { type EndpointMap, endpointMapFrom } from "./endpoints.ts";
import { type ImageRepository, openRepository } from "./registry-client.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The registry clients that are started as programs. */
export type RegistryClient = "cosign" | "syft" | "helm";

/** What a program is started with so that it reaches a registry; no secret is in it. */
export interface ClientAccess {
  /** Go after the verb. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** One registry, as the endpoint map serves it. */
export interface RegistryAccess {
  /** `<name>.azurecr.io`, as records name it (S-4). */
  registry: string;
  /**
   * The reference that a client is given.
   *
   * @param repository e.g. `orbit-webapp`
   * @param version a tag, a digest (`sha256:<hex>`), or none
   */
  reference(repository: string, version?: string): string;
  /** Flags and environment. Who may read and write is in Docker's credential store (`az acr login`). */
  client(client: RegistryClient): ClientAccess;
  /** A repository by Azure's client, which needs no login but Azure's. */
  open(repository: string, signal?: AbortSignal): Promise<ImageRepository>;
}

/** Flags for a registry that is served over plain http. */
const PLAIN_HTTP: Readonly<Record<RegistryClient, ClientAccess>> = {
  cosign: { args: ["--allow-http-registry"], env: {} },
  syft: { args: [], env: { SYFT_REGISTRY_INSECURE_USE_HTTP: "true" } },
  helm: { args: ["--plain-http"], env: {} },
};

/**
 * @param registry `<name>.azurecr.io`
 * @param options whether clients ask by plain http, where the endpoint map does not say so
 * @throws SlipwayError `endpoint-map`
 */
export function registryAccess(
  registry: string,
  env: Environment = process.env,
  endpoints: EndpointMap = endpointMapFrom(env),
  { insecure = endpoints.mapRegistry(registry).insecure } = {},
): RegistryAccess {
  return {
    registry,
    reference(repository, version = "") {
      const separator = version === "" ? "" : version.includes(":") ? "@" : ":";
      return endpoints.mapImage(`${registry}/${repository}${separator}${version}`).ref;
    },
    client: (client) => (insecure ? PLAIN_HTTP[client] : { args: [], env: {} }),
    async open(repository, signal) {
      return openRepository({
        registry,
        repository,
        endpoints,
        // Asked for only by a registry that wants a token, so that others need no login.
        credential: {
          async getToken(scopes, options) {
            const { credential } = await connectArm(env);
            return credential.getToken(scopes, options);
          },
        },
        ...(signal === undefined ? {} : { signal }),
      });
    },
  };
}

/**
 * Runs work with a registry. That it does not answer, or refuses, is for its user to mend and no fault
 * of the program's.
 *
 * @param registry `<name>.azurecr.io`
 * @throws SlipwayError `registry-unreachable`, or what the work throws besides
 */
export async function whileReaching<T>(registry: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RestError ? unreachable(registry, "read or written", error) : error;
  }
}

/** As `whileReaching`, for work that is nothing but talk with the registry: whatever it throws is told so. */
export async function whileAsking<T>(
  registry: string,
  what: "read" | "written",
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SlipwayError ? error : unreachable(registry, what, error);
  }
}

function unreachable(registry: string, what: string, cause: unknown): SlipwayError {
  const [said] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  return new SlipwayError(
    {
      code: "registry-unreachable",
      message: `${registry} could not be ${what}: ${said}; correct that, then run the same command again`,
    },
    { cause },
  );
}
