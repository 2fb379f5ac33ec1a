/** A component in the repository of `startRemote`, and records of its releases. */
import type { Component, ReleaseRecord } from "../../registry/index.ts";
import { recordFile, releaseTag } from "../../registry/index.ts";
import { type NextDocument, type NextRequest, nextVersion } from "../../releasing/next/index.ts";
import { type Remote, URL_OF } from "../source/remote.ts";

export function component(more: Partial<Component> = {}): Component {
  return {
    name: "app",
    scheme: "semver",
    kind: "container",
    repository: { key: "source", url: URL_OF, aliases: [], releaseBranch: "main" },
    path: "app",
    image: "app",
    dockerfile: "Dockerfile",
    platforms: ["linux/amd64"],
    buildArgs: {},
    attestations: { sbom: false, provenance: false, signature: false },
    cadence: "continuous",
    contractTest: [],
    ...more,
  };
}

/** A record as a finished release leaves it. */
export function record(
  version: string,
  commit: string,
  more: Partial<ReleaseRecord> = {},
): ReleaseRecord {
  return {
    file: recordFile("app", version),
    component: "app",
    version,
    releasedAt: "2026-05-01",
    source: { repo: "source", path: "app", tag: releaseTag(component(), version), commit },
    target: "container",
    status: "recorded",
    ...more,
  };
}

/** What `nextVersion` says of the remote as it is now. */
export async function nextOf(
  remote: Remote,
  records: readonly ReleaseRecord[] = [],
  more: Partial<NextRequest> = {},
): Promise<NextDocument> {
  const source = await remote.open();
  return nextVersion({ component: component(), records, source, ...more });
}
