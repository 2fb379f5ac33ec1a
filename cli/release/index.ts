import { endpointMapFrom } from "../../builds/endpoints.ts";
import { loadCheckout } from "../../config/index.ts";
import { kindBuilder } from "../../releasing/kinds/index.ts";
import { whileReleasing } from "../../releasing/lock.ts";
import { nextVersion } from "../../releasing/next/index.ts";
import type { ReleaseStep } from "../../releasing/plan.ts";
import { releasePlatform } from "../../releasing/platform.ts";
import {
  applyRelease,
  planRelease,
  type ReleaseRequest,
  type ReleaseWorld,
} from "../../releasing/release.ts";
import { failureLeaving, whatIsLeft } from "../../releasing/what-is-left.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { type OpenComponent, openComponent, openComponentSource } from "../component.ts";
import { Interrupted } from "../errors.ts";
import { parseAnyRelease } from "../release-name.ts";
import { findRoot } from "../root.ts";
import type { Note, Outcome } from "../types.ts";
import { stackBuild } from "./build.ts";
import { printPlatform, printRelease } from "./print.ts";

export interface ReleaseOptions {
  cwd?: string;
  /** `<component>[@<version>]`, or `platform@<version>` */
  release: string;
  /** Commit or branch. */
  commit?: string;
  /** The version and commit that `slipway next` works out. */
  next?: boolean;
  /** With `next`: identifier of a pre-release. */
  pre?: string;
  /** With `next`: line of a train. */
  train?: string;
  /** Of a platform. */
  env?: string;
  /** Owner of the image registry. */
  stack?: string;
  dryRun?: boolean;
  note: Note;
}

/** The document of `slipway release --json`. */
export interface ReleaseDocument {
  component: string;
  version: string;
  commit: string;
  /** `sha256:<hex>`; null where there is no image or artifact, or none yet. */
  digest: string | null;
  /** Path of the record, relative to the root. */
  record: string;
  /** Whether anything was built for it now. */
  built: boolean;
  /** Of a dry run: what would be done. */
  steps?: readonly ReleaseStep[];
}

/** The name under which versions of the whole are released (D-02). */
const PLATFORM = "platform";

/** @throws SlipwayError as `release` and `releasePlatform` */
export async function releaseAny(options: ReleaseOptions): Promise<Outcome> {
  const { component, version } = parseAnyRelease(options.release);
  if (component !== PLATFORM) {
    if (options.env !== undefined) throw misuse("--env is for platform@<version>");
    const data = await release(options);
    return { data, text: printRelease(data) };
  }
  const { next, commit, stack, pre, train, env, dryRun } = options;
  const foreign = { next, commit, stack, pre, train };
  const [flag] = Object.entries(foreign).find(([, value]) => value !== undefined) ?? [];
  if (flag !== undefined) throw misuse(`a platform is released without --${flag}`);
  if (version === undefined) throw misuse("name the platform's version, e.g. platform@2");
  const data = await releasePlatform({
    root: findRoot(options.cwd),
    version,
    ...(env !== undefined && { environment: env }),
    dryRun: dryRun === true,
  });
  return { data, text: printPlatform(data) };
}

/** @throws SlipwayError with everything that keeps the release from being cut, and what that leaves */
export async function release(options: ReleaseOptions): Promise<ReleaseDocument> {
  const root = findRoot(options.cwd);
  const { component: name, version } = parseAnyRelease(options.release);
  if (options.next === true && version !== undefined) {
    throw misuse(`--next works out the version; leave @${version} out`);
  }
  if (options.next !== true && (options.pre ?? options.train) !== undefined) {
    throw misuse("--pre and --train are for --next");
  }
  const opened = openComponent(root, name, options.stack);
  const cut = async () => {
    const world = await openWorld(root, opened, options.note);
    const request = await requestOf(options, version, opened, world);
    return options.dryRun === true ? rehearse(request, world) : perform(request, world);
  };
  return options.dryRun === true ? cut() : whileReleasing(root, name, cut);
}

async function requestOf(
  { next, commit, pre, train }: ReleaseOptions,
  version: string | undefined,
  { component, registry }: OpenComponent,
  { source }: ReleaseWorld,
): Promise<ReleaseRequest> {
  if (next !== true) return { component, version, commit };
  const records = registry.records.get(component.name) ?? [];
  const found = await nextVersion({ component, records, source, pre, train });
  return { component, version: found.next, commit: found.commit };
}

async function rehearse(request: ReleaseRequest, world: ReleaseWorld): Promise<ReleaseDocument> {
  const { component, version, commit, file, steps, record, found } = await planRelease(
    request,
    world,
  );
  const digest = (record?.artifact ?? found?.artifact)?.digest ?? null;
  return { component: component.name, version, commit, digest, record: file, built: false, steps };
}

async function perform(request: ReleaseRequest, world: ReleaseWorld): Promise<ReleaseDocument> {
  const { root, note } = world;
  const { name } = request.component;
  let version = request.version;
  try {
    const plan = await planRelease(request, world);
    version = plan.version;
    const { record, built } = await applyRelease(plan, world);
    const digest = record.artifact?.digest ?? null;
    return { component: name, version, commit: plan.commit, digest, record: plan.file, built };
  } catch (error) {
    if (version === undefined) throw error;
    const left = whatIsLeft(root, name, version);
    const failure = error instanceof Interrupted ? undefined : failureLeaving(error, left);
    if (failure === undefined) note(left);
    throw failure ?? error;
  }
}

async function openWorld(root: string, opened: OpenComponent, note: Note): Promise<ReleaseWorld> {
  const { env } = process;
  const { registry, component, owner } = opened;
  const builder = await kindBuilder(component.kind, stackBuild(root, owner.stack, note));
  return {
    root,
    registry,
    server: `${owner.registry.name}.azurecr.io`,
    source: await openComponentSource(root, opened, note),
    builder,
    images: owner.builder.kind,
    endpoints: endpointMapFrom(env),
    env,
    note,
    judge: async (planned) => (await loadCheckout(root, { removals: false, planned })).problems,
  };
}

function misuse(message: string): SlipwayError {
  return new SlipwayError({ code: "usage", message });
}
