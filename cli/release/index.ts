import { endpointMapFrom } from "../../builds/endpoints.ts";
import { loadCheckout, loadStackConfigs } from "../../config/index.ts";
import type { StackConfig } from "../../config/types.ts";
import { type Component, loadRegistry, type ReleaseRegistry } from "../../registry/index.ts";
import { kindBuilder } from "../../releasing/kinds/index.ts";
import { whileReleasing } from "../../releasing/lock.ts";
import type { ReleaseStep } from "../../releasing/plan.ts";
import {
  applyRelease,
  planRelease,
  type ReleaseRequest,
  type ReleaseWorld,
} from "../../releasing/release.ts";
import { openSource } from "../../releasing/source/index.ts";
import { failureLeaving, whatIsLeft } from "../../releasing/what-is-left.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { ownerStack } from "../checkout.ts";
import { sourceToken } from "../engine/source-token.ts";
import { Interrupted } from "../errors.ts";
import { findRoot } from "../root.ts";
import type { Note } from "../types.ts";
import { stackBuild } from "./build.ts";

export interface ReleaseOptions {
  cwd?: string;
  /** `<component>[@<version>]` */
  release: string;
  /** Commit or branch. */
  commit?: string;
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

/** @throws SlipwayError with everything that keeps the release from being cut, and what that leaves */
export async function release(options: ReleaseOptions): Promise<ReleaseDocument> {
  const root = findRoot(options.cwd);
  const { component: name, version } = parseRelease(options.release);
  const { registry, component } = openComponent(root, name);
  const owner = ownerStack(
    loadStackConfigs(root, () => {}),
    options.stack,
  );
  const cut = async () => {
    const world = await openWorld(root, registry, component, owner, options.note);
    const request = { component, version, commit: options.commit };
    return options.dryRun === true ? rehearse(request, world) : perform(request, world);
  };
  return options.dryRun === true ? cut() : whileReleasing(root, component.name, cut);
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

async function openWorld(
  root: string,
  registry: ReleaseRegistry,
  component: Component,
  owner: StackConfig,
  note: Note,
): Promise<ReleaseWorld> {
  const { env } = process;
  const builder = await kindBuilder(component.kind, stackBuild(root, owner.stack, note));
  const token = await sourceToken(root, owner, component.repository.key);
  return {
    root,
    registry,
    server: `${owner.registry.name}.azurecr.io`,
    source: await openSource(component.repository, { env, token, note }),
    builder,
    images: owner.builder.kind,
    endpoints: endpointMapFrom(env),
    env,
    note,
    judge: async (planned) => (await loadCheckout(root, { removals: false, planned })).problems,
  };
}

function parseRelease(release: string): { component: string; version: string | undefined } {
  const [component = "", version, ...more] = release.split("@");
  if (component === "" || version === "" || more.length > 0) {
    const message = `${JSON.stringify(release)} is not <component>[@<version>], e.g. orbit-webapp@1.5.0`;
    throw new SlipwayError({ code: "usage", message });
  }
  return { component, version };
}

function openComponent(
  root: string,
  name: string,
): { registry: ReleaseRegistry; component: Component } {
  const problems: Problem[] = [];
  // What is wrong beside the catalogue is told with all the rest: a new record may put it right.
  const registry = loadRegistry(root, (problem) => problems.push(problem));
  if (registry === undefined) throw new SlipwayError(problems);
  const component = registry.catalogue.components.get(name);
  if (component !== undefined) return { registry, component };
  const known = [...registry.catalogue.components.keys()].join(", ");
  throw new SlipwayError({
    code: "unknown-component",
    message: `found the component ${JSON.stringify(name)}, expected one of ${known}; add it to releases/catalogue.yaml`,
  });
}
