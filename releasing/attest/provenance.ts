import type { Component, ReleaseRecord } from "../../registry/index.ts";

/** What an attestation says of a record. */
export type AttestedRecord = Pick<ReleaseRecord, "component" | "version" | "releasedAt" | "source">;

/** Who turned the source into the artifact. */
export type Builder = "acr" | "buildkit" | "client";

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

/**
 * The predicate of SLSA's provenance v1 for a release: a function of record, catalogue and run.
 *
 * It is put together and signed by the client that ordered the build, not by the platform that ran
 * it, so that it is level 1 whatever the builder is; it says so itself.
 */
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
    slipway_slsaBuildLevel: {
      level: 1,
      reason:
        "generated and signed by the client that ordered the build, not by the platform that ran it",
    },
  };
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
