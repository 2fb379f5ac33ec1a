/** References to what a registry holds, read from text of any origin. */
import { SlipwayError } from "../../schemas/problem.ts";

/** One repository of one registry. */
export interface RepositoryName {
  /** `<host>[:<port>]` */
  registry: string;
  /** e.g. `team/orbit-webapp-capsule` */
  repository: string;
}

export interface Reference extends RepositoryName {
  /** Either this or the digest, or neither. */
  tag?: string;
  /** `sha256:<hex>` */
  digest?: string;
}

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const HOST = `(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?`;
const PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const TAG = "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}";
/** https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests */
const REFERENCE = new RegExp(
  `^(?<registry>${HOST})/(?<repository>${PART}(?:/${PART})*)(?::(?<tag>${TAG})|@(?<digest>sha256:[0-9a-f]{64}))?$`,
);
/** Of a name with its registry, as other clients have it. */
const MAX_NAME = 255;
/** What no reference needs; the expression is never tried on more. */
const MAX_TEXT = MAX_NAME + 200;

/**
 * @param text `<registry>/<repository>[:<tag>|@sha256:<hex>]`; the registry is always named
 * @throws SlipwayError `usage`
 */
export function parseReference(text: string): Reference {
  const groups = text.length > MAX_TEXT ? undefined : REFERENCE.exec(text)?.groups;
  const { registry = "", repository = "", tag, digest } = groups ?? {};
  if (!isRegistry(registry) || registry.length + repository.length > MAX_NAME) {
    const shown = JSON.stringify(text.length > MAX_TEXT ? `${text.slice(0, MAX_NAME)}...` : text);
    throw new SlipwayError({
      code: "usage",
      message: `${shown} is not <registry>/<repository>[:<tag>|@sha256:<hex>], e.g. example.azurecr.io/orbit-webapp-capsule`,
    });
  }
  return {
    registry,
    repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** `<registry>/<repository>[:<tag>|@<digest>]` */
export function referenceText({ registry, repository, tag, digest }: Reference): string {
  const version = digest !== undefined ? `@${digest}` : tag !== undefined ? `:${tag}` : "";
  return `${registry}/${repository}${version}`;
}

/** A first part that could be a repository's is not taken for a host. */
function isRegistry(host: string): boolean {
  return URL.canParse(`https://${host}`) && (/[.:]/.test(host) || host === "localhost");
}
