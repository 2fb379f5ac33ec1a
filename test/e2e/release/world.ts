/** A small fleet whose image registry is watched, and which has converged nothing yet. */
import type { ReleaseDocument } from "../../../cli/release/index.ts";
import { findTool } from "../../../tools/find.mjs";
import { reduceFleet } from "../../chaos/fleet.ts";
import { type TestRegistry, watched } from "../../integration/registries.ts";
import { known, startWorld, type World } from "../world.ts";
import { type SourceRepository, sourceRepository } from "./repository.ts";

export interface ReleaseWorld extends World {
  source: SourceRepository;
  registry: TestRegistry;
  /** `<host>:<port>/<name>`, as clients on this machine reach the registry. */
  images: string;
  /** The user's files, with a hash of each. */
  files(): Record<string, string>;
  release(...args: string[]): Promise<ReleaseDocument>;
  /** Writes to the image registry since then. */
  pushes(since: number): string[];
}

/** Folders of components. */
export const ORBIT = "services/orbit-webapp";
export const AGENT = "services/maxq-orbit-agent";

const WRITES = /^(PUT|POST|PATCH|DELETE) /;

export async function startReleaseWorld(): Promise<ReleaseWorld> {
  const world = await startWorld(reduceFleet);
  const endpoints: Record<string, string> = JSON.parse(known(world.env, "SLIPWAY_ENDPOINTS"));
  const behind = (endpoints["*.azurecr.io"] ?? "").replace("/*", "");
  const registry = await watched(behind, async () => {});
  endpoints["*.azurecr.io"] = `${registry.endpoint}/*`;
  world.env.SLIPWAY_ENDPOINTS = JSON.stringify(endpoints);
  return {
    ...world,
    source: sourceRepository(world),
    registry,
    images: `${registry.endpoint.replace("http://", "")}/slipwaydev`,
    files: () =>
      Object.fromEntries(
        Object.entries(world.checkout.tree()).filter(([file]) => !file.startsWith(".sandbox/")),
      ),
    release: (...args) => world.json<ReleaseDocument>(["release", ...args]),
    pushes: (since) => registry.requests.slice(since).filter((line) => WRITES.test(line)),
    async stop() {
      await registry.close();
      await world.stop();
    },
  };
}

/** Where a run of `standing` begins to count. */
export interface Since {
  requests: number;
  seq: number;
}

/** All that a release may change, with what was written since then. */
export async function standing(world: ReleaseWorld, since?: Since) {
  const at = since ?? { requests: world.registry.requests.length, seq: await world.seq() };
  return {
    since: at,
    files: world.files(),
    refs: await world.source.git("for-each-ref"),
    pushes: world.pushes(at.requests),
    writes: await world.writes(at.seq),
  };
}

/** Standard output of a client that tests set up. */
export async function client(world: World, name: string, ...args: string[]): Promise<string> {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is missing: node tools/setup.mjs --for test`);
  const { exitCode, stdout, all } = await world.run(path, args);
  if (exitCode !== 0) throw new Error(`${name} ${args.join(" ")}: ${all}`);
  return stdout;
}
