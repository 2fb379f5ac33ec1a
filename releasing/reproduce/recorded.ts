import { RestError } from "@azure/core-rest-pipeline";
import type { EndpointMap } from "../../builds/endpoints.ts";
import { registryAccess } from "../../builds/registry-access.ts";
import type { ImageRepository } from "../../builds/registry-client.ts";
import type { ReleaseRecord } from "../../registry/index.ts";
import { type ProblemCode, SlipwayError } from "../../schemas/problem.ts";
import type { Content } from "./content.ts";
import { contentsOf, type Store } from "./manifest.ts";

/** What a record names, as the registry serves it. */
export interface Recorded {
  digest: string;
  /** Per platform of an index; their layers are read when they are opened. */
  contents: Content[];
}

const NOT_FOUND = 404;

/** @throws SlipwayError `image-missing`, `digest-changed`, `registry-unreachable` */
export async function readRecorded(
  { file, artifact }: ReleaseRecord,
  env: Readonly<Record<string, string | undefined>>,
  endpoints: EndpointMap,
): Promise<Recorded> {
  if (artifact?.registry === undefined || artifact.digest === undefined) {
    throw new Error(`${file} has no digest`);
  }
  const { registry, digest } = artifact;
  const repository = await registryAccess(registry, env, endpoints).open(artifact.repository);
  const reading = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => {
      throw asProblem(file, registry, error);
    });
  const store = storeOf(repository, registry, reading);
  return { digest, contents: await reading(() => contentsOf(store, digest)) };
}

function storeOf(
  repository: ImageRepository,
  registry: string,
  reading: <T>(work: () => Promise<T>) => Promise<T>,
): Store {
  return {
    async manifest(digest) {
      const found = await repository.resolve(digest);
      if (found === undefined)
        throw new RestError(`${registry} has no manifest ${digest}`, MISSING);
      return JSON.parse(Buffer.from(found.content).toString("utf8"));
    },
    openBlob: (digest) => reading(() => repository.openBlob(digest)),
  };
}

const MISSING = { statusCode: NOT_FOUND };

function asProblem(file: string, registry: string, error: unknown): unknown {
  if (error instanceof SlipwayError || !(error instanceof Error)) return error;
  const [said] = error.message.split("\n");
  const [code, next]: [ProblemCode, string] =
    error.name === "DigestMismatchError"
      ? ["digest-changed", "restore it from a copy of the registry"]
      : error instanceof RestError && error.statusCode === NOT_FOUND
        ? ["image-missing", "restore it from a copy of the registry"]
        : ["registry-unreachable", "correct that, then run the same command again"];
  const message = `${registry} could not be read: ${said}; ${next}`;
  return new SlipwayError({ code, file, path: "artifact.digest", message }, { cause: error });
}
