import type { Component, ReleaseRecord } from "../registry/index.ts";
import type { Statement } from "./statement.ts";

/** What an attestation says of a record. */
export type AttestedRecord = Pick<ReleaseRecord, "component" | "version" | "releasedAt" | "source">;

/**
 * Who turned the source into the artifact; `found` where it was there already and nobody here saw it
 * made.
 */
export type Builder = "acr" | "buildkit" | "client" | "found";

/** An ACR run that built an image, where this release ordered it. */
export interface BuildRun {
  id: string;
  /** ISO dates, UTC. */
  startedAt?: string;
  finishedAt?: string;
}

/**
 * What a URI under this name means stands in docs/ARCHITECTURE.md. `.invalid` resolves nowhere, by
 * RFC 2606: nobody is to take the URI for a page that could be looked up.
 */
const NAMESPACE = "https://slipway.invalid/provenance";

/** What the provenance says of its own worth: the platform that ran a build signs nothing here. */
const ORDERED = {
  level: 1,
  reason:
    "generated and signed by the client that ordered the build, not by the platform that ran it",
};
const FOUND = {
  level: 0,
  reason:
    "generated and signed by a client that found the artifact under the release's tags and did not see it built",
};

/** The predicate of SLSA's provenance v1 for a release: a function of record, catalogue and run. */
export function provenanceOf(
  component: Component,
  record: AttestedRecord,
  builder: Builder,
  run?: BuildRun,
): object {
  const { repository } = component;
  const { tag, commit, path } = record.source;
  return {
    buildDefinition: {
      buildType: `${NAMESPACE}/${component.kind}/v1`,
      externalParameters: {
        component: component.name,
        version: record.version,
        source: { repository: repository.url, tag, path },
        ...parametersOf(component),
      },
      resolvedDependencies: [
        { uri: `git+${repository.url}@refs/tags/${tag}`, digest: { gitCommit: commit } },
      ],
    },
    runDetails: {
      builder: { id: `${NAMESPACE}/builder/${builder}/v1` },
      ...(run === undefined ? {} : { metadata: metadataOf(run) }),
    },
    slipway_slsaBuildLevel: builder === "found" ? FOUND : ORDERED,
  };
}

/**
 * The release that a provenance of ours is about, as far as it says one.
 *
 * @returns undefined for provenance that others wrote, whose parameters have meanings of their own
 */
export function releaseIn(
  statement: Statement,
): { component?: string; version?: string } | undefined {
  const { buildDefinition } = objectOf(statement.predicate);
  const { buildType, externalParameters } = objectOf(buildDefinition);
  if (typeof buildType !== "string" || !buildType.startsWith(`${NAMESPACE}/`)) return undefined;
  const { component, version } = objectOf(externalParameters);
  return {
    ...(typeof component === "string" && { component }),
    ...(typeof version === "string" && { version }),
  };
}

/** The parts of a predicate that are read here; all from outside, though signed. */
interface PredicateDocument {
  buildDefinition?: unknown;
  buildType?: unknown;
  externalParameters?: unknown;
  component?: unknown;
  version?: unknown;
}

function objectOf(value: unknown): PredicateDocument {
  return typeof value === "object" && value !== null ? value : {};
}

function parametersOf(component: Component): object {
  const { kind, dockerfile, platforms, buildArgs, chart, binaries } = component;
  if (kind === "container") return { dockerfile, platforms, buildArgs };
  return { ...(chart && { chart }), ...(binaries && { binaries }) };
}

function metadataOf({ id, startedAt, finishedAt }: BuildRun): object {
  return {
    invocationId: id,
    ...(startedAt === undefined ? {} : { startedOn: startedAt }),
    ...(finishedAt === undefined ? {} : { finishedOn: finishedAt }),
  };
}
