/** Cutting a release: what is to be done, then the doing of it. */

import { attestationsOf, attested, attestProblems } from "../attest/index.ts";
import type { EndpointMap } from "../builds/endpoints.ts";
import type { BuilderChoice } from "../config/types.ts";
import {
  type AttestationDigests,
  type Component,
  type ReleaseRecord,
  type ReleaseRegistry,
  releaseTag,
  tagPrefix,
  writeRecord,
} from "../registry/index.ts";
import { type Problem, SlipwayError } from "../schemas/problem.ts";
import type { Source, SourceTag } from "../source/index.ts";
import { capsulePlace } from "./capsule.ts";
import { type Cut, sourceProblems, versionProblems } from "./checks.ts";
import { chooseCommit, releaseTags, unrecordedVersion } from "./choose.ts";
import { finishRelease } from "./finish.ts";
import type { BuiltRelease, KindBuilder, KindContext } from "./kinds/types.ts";
import { planFrom, plannedRecord, type ReleasePlan } from "./plan.ts";

export interface ReleaseRequest {
  component: Component;
  /** The newest tag without a record unless given. */
  version?: string | undefined;
  /** Commit or branch; the train's or the release branch's head unless given. */
  commit?: string | undefined;
}

/** What a release is cut with. */
export interface ReleaseWorld {
  /** Of the checkout. */
  root: string;
  registry: ReleaseRegistry;
  /** `<name>.azurecr.io` of the owner stack. */
  server: string;
  source: Source;
  builder: KindBuilder;
  /** Who builds containers. */
  images: BuilderChoice["kind"];
  endpoints: EndpointMap;
  env: Readonly<Record<string, string | undefined>>;
  note(line: string): void;
  /** What is wrong in the checkout as it will be with this record in it. */
  judge(planned: ReleaseRecord): Promise<readonly Problem[]>;
}

export interface Released {
  record: ReleaseRecord;
  /** Whether anything was built for it now. */
  built: boolean;
}

/**
 * Works out what a release takes, and checks all of it. Reads only.
 *
 * @throws SlipwayError with every problem found
 */
export async function planRelease(
  request: ReleaseRequest,
  world: ReleaseWorld,
): Promise<ReleasePlan> {
  const { component } = request;
  const { registry, source, builder } = world;
  const records = registry.records.get(component.name) ?? [];
  const tags = releaseTags(component, await source.tags(tagPrefix(component)));
  const version = request.version ?? unrecordedVersion(component, tags, records);
  const tagged = tags.find((tag) => tag.version === version);
  const record = records.find((candidate) => candidate.version === version);
  const chosen =
    tagged !== undefined && request.commit === undefined
      ? tagged
      : chooseCommit(component, { version, tags }, await source.branches(), request.commit);
  if ("problem" in chosen) throw new SlipwayError(chosen.problem);
  const { commit } = chosen;
  const cut: Cut = { component, version, commit, tags, records };
  const facts = { component, version, commit, registry: world.server, tagged, record };
  const versions = versionProblems(cut);
  // A whole record never changes: nothing that could be wrong by now is its matter.
  if (versions.length === 0 && record?.status === "recorded")
    return planFrom({ ...facts, found: undefined, attested: {}, capsule: recordedCapsule(record) });
  const tag = tagged ?? tagToBe(component, version, commit);
  const context = contextOf(world, component, version, tag);
  const planned = plannedRecord(component, version, tag);
  const problems = [...versions, ...(await sourceProblems(source, cut))];
  if (versions.length === 0) problems.push(...(await world.judge(planned)));
  if (problems.length === 0) problems.push(...((await builder.checks?.(context)) ?? []));
  if (problems.length > 0) throw new SlipwayError(problems);
  const found = await builder.find(context);
  const there = await attestedAlready(planned, found, component, world);
  if (attestationsOf(component).some((name) => there[name] === undefined)) {
    // Before there is any effect: a key that is missing is no reason to build first.
    const unready = await attestProblems(component, world.env);
    if (unready.length > 0) throw new SlipwayError(unready);
  }
  const release = { component, record: planned, source };
  const capsule = await capsulePlace(release, world.server, found !== undefined, world.env);
  return planFrom({ ...facts, found, attested: there, capsule });
}

function recordedCapsule({ artifact, capsule }: ReleaseRecord) {
  return (
    capsule && { ref: `${artifact?.registry}/${capsule.repository}:${capsule.tag}`, done: true }
  );
}

async function attestedAlready(
  record: ReleaseRecord,
  found: BuiltRelease | undefined,
  component: Component,
  { env }: ReleaseWorld,
): Promise<AttestationDigests> {
  const { artifact } = found ?? {};
  return artifact === undefined ? {} : attested({ component, record, artifact, env });
}

/**
 * Does what is not done yet, one effect after the other. Killed anywhere and planned again, it goes
 * on with what is there.
 */
export async function applyRelease(plan: ReleasePlan, world: ReleaseWorld): Promise<Released> {
  const { record } = plan;
  if (record?.status === "recorded") return { record, built: false };
  const tag = plan.tagged ?? (await makeTag(plan, world));
  const pending = record ?? plannedRecord(plan.component, plan.version, tag);
  const built =
    plan.found === undefined
      ? await build(plan, pending, tag, world)
      : { ...plan.found, found: true };
  const { component } = plan;
  const { root, images, env, note } = world;
  const isProvenanceOwed =
    attestationsOf(component).includes("provenance") && plan.attested.provenance === undefined;
  if (built.found && isProvenanceOwed)
    note(
      `found ${built.artifact?.digest ?? plan.tag}: its provenance will say level 0, for who built it is not known`,
    );
  const builder = component.kind === "container" ? images : "client";
  const source = async () => world.source;
  const common = { root, component, env, note };
  const finished = await finishRelease({ ...common, pending, built, builder, source });
  note(`recorded ${finished.record.file}`);
  return { record: finished.record, built: built.found !== true };
}

async function makeTag(
  { component, version, commit, tag: name }: ReleasePlan,
  { source, note }: ReleaseWorld,
): Promise<SourceTag> {
  const outcome = await source.tag(name, commit, `${component.name} ${version}`);
  note(outcome === "created" ? `pushed the tag ${name} at ${commit}` : `found the tag ${name}`);
  const tag = (await source.tags(name)).find((candidate) => candidate.name === name);
  if (tag !== undefined) return tag;
  throw new SlipwayError({
    code: "tag-missing",
    message: `the tag ${name} was pushed by somebody else meanwhile; run the same command again`,
  });
}

/** Only containers have a record while they are built: the owner stack declares builds by records. */
async function build(
  { component, version }: ReleasePlan,
  pending: ReleaseRecord,
  tag: SourceTag,
  world: ReleaseWorld,
): Promise<BuiltRelease> {
  if (component.kind === "container") await writeRecord(world.root, pending);
  return world.builder.build(contextOf(world, component, version, tag));
}

/** As it is going to be; nothing but its day depends on when it is made. */
function tagToBe(component: Component, version: string, commit: string): SourceTag {
  const createdAt = new Date().toISOString();
  return { name: releaseTag(component, version), commit, annotated: true, createdAt };
}

function contextOf(
  { registry: { records }, source, server, endpoints, env, note }: ReleaseWorld,
  component: Component,
  version: string,
  tag: SourceTag,
): KindContext {
  return { records, component, version, tag, source, registry: server, endpoints, env, note };
}
