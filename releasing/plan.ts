/** What a release is going to do, computed before it does anything. */

import { type AttestationName, attestationsOf } from "../attest/index.ts";
import {
  type AttestationDigests,
  type Component,
  type ReleaseRecord,
  recordFile,
  releaseTag,
} from "../registry/index.ts";
import type { SourceTag } from "../source/index.ts";
import type { BuiltRelease } from "./kinds/types.ts";

/** The named effects, in the order in which they are had. */
export type StepName = "tag" | "pending" | "build" | AttestationName | "capsule" | "record";

export interface ReleaseStep {
  name: StepName;
  /** For people: what is made, or what is there. */
  what: string;
  /** Whether an earlier run did it already. */
  done: boolean;
}

export interface ReleasePlan {
  component: Component;
  version: string;
  /** 40 hex. */
  commit: string;
  tag: string;
  /** Path of the record, relative to the root. */
  file: string;
  /** Undefined while it is to be made. */
  tagged: SourceTag | undefined;
  /** The record that is there. */
  record: ReleaseRecord | undefined;
  /** What an earlier run built. */
  found: BuiltRelease | undefined;
  /** What an earlier run attested. */
  attested: AttestationDigests;
  /** `<registry>/<repository>:git-<commit>` of its capsule, and whether one is there; undefined for none. */
  capsule: { ref: string; done: boolean } | undefined;
  steps: readonly ReleaseStep[];
}

export type ReleaseFacts = Omit<ReleasePlan, "tag" | "file" | "steps"> & {
  /** `<name>.azurecr.io` */
  registry: string;
};

/** Pure: the same facts, the same plan. */
export function planFrom({ registry, ...facts }: ReleaseFacts): ReleasePlan {
  const { component, version, commit, tagged, record, found, attested, capsule } = facts;
  const tag = releaseTag(component, version);
  const file = recordFile(component.name, version);
  const isRecorded = record?.status === "recorded";
  const built = isRecorded || found !== undefined;
  const image = `${registry}/${component.image}:${version}`;
  const steps: ReleaseStep[] = [
    {
      name: "tag",
      what: `${tag} at ${commit}, on ${component.repository.url}`,
      done: tagged !== undefined,
    },
    ...(component.kind === "container" && !built
      ? [{ name: "pending" as const, what: `${file}, pending`, done: record !== undefined }]
      : []),
    {
      name: "build",
      what: component.kind === "go_module" ? `${component.path} as ${version}` : image,
      done: built,
    },
    ...attestationsOf(component).map((name) => ({
      name,
      what: `of ${image}`,
      done: isRecorded || attested[name] !== undefined,
    })),
    ...(capsule ? [{ name: "capsule" as const, what: capsule.ref, done: capsule.done }] : []),
    { name: "record", what: file, done: isRecorded },
  ];
  return { ...facts, tag, file, steps };
}

/** The record of a release that is not built yet; of kinds that are never pending, its frame. */
export function plannedRecord(
  component: Component,
  version: string,
  { commit, createdAt }: Pick<SourceTag, "commit" | "createdAt">,
): ReleaseRecord {
  const { name, kind, image, path, repository } = component;
  return {
    file: recordFile(name, version),
    component: name,
    version,
    // The tag's day in UTC, whatever zone it was tagged in.
    releasedAt: new Date(createdAt).toISOString().slice(0, 10),
    source: { repo: repository.key, path, tag: releaseTag(component, version), commit },
    target: kind,
    ...(kind === "go_module" ? {} : { artifact: { repository: image, tag: version } }),
    status: "pending",
  };
}
