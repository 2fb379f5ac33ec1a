/** What builds owe their records, in one write each (S-3). */
import type { BuilderChoice } from "../../config/types.ts";
import type { Component, ReleaseRegistry } from "../../registry/index.ts";
import { finishRelease } from "../../releasing/finish.ts";
import type { BuiltRelease } from "../../releasing/kinds/index.ts";
import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import type { Source } from "../../source/index.ts";
import type { Note } from "../types.ts";

/** The output of a build, as the stack exports it. */
export interface BuildResult {
  digest: string;
  /** Bytes of the manifest. */
  size: number;
  mediaType: string;
  /** Of the ACR run; empty where the image was there, absent with another builder. */
  runId?: string;
}

export interface FinishRequest {
  root: string;
  registry: ReleaseRegistry;
  /** `<name>.azurecr.io` */
  server: string;
  /** By release, `<component>@<version>`; without values where the release is not built yet. */
  builds: Readonly<Record<string, Partial<BuildResult>>>;
  builder: BuilderChoice["kind"];
  source(component: Component): Promise<Source>;
  env: Readonly<Record<string, string | undefined>>;
  note: Note;
}

/**
 * Attests what was built as its component asks, pushes its capsule, and writes what the record is owed
 * into every pending record that was built. One that cannot be finished keeps no other from it.
 *
 * @returns the files that were written, relative to the root
 * @throws SlipwayError with code `record-conflict` where a record says otherwise by now, and what
 *   keeps a release from being attested or packed
 */
export async function finishRecords(request: FinishRequest): Promise<string[]> {
  const { root, registry, server, builds, builder, env, note } = request;
  const written: string[] = [];
  const problems: Problem[] = [];
  for (const record of [...registry.records.values()].flat()) {
    const built = builds[`${record.component}@${record.version}`];
    const component = registry.catalogue.components.get(record.component);
    if (built === undefined || component === undefined || record.status !== "pending") continue;
    const { digest, size, mediaType } = built;
    // An update of one solution leaves the other builds out: the stack has no output of them.
    if (digest === undefined || size === undefined || mediaType === undefined) continue;
    const artifact = { registry: server, digest, size, mediaType };
    const common = { root, component, builder, env, note };
    try {
      const finished = await finishRelease({
        ...common,
        source: () => request.source(component),
        pending: record,
        built: { artifact, ...howBuilt(built) },
      });
      if (finished.outcome === "written") written.push(record.file);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      problems.push(...error.problems.map((problem) => ({ file: record.file, ...problem })));
    }
  }
  if (problems.length > 0) throw new SlipwayError(problems);
  return written;
}

/** What is known of how an image came about, for its provenance: one that no run is known of was found. */
export function howBuilt({ runId }: Partial<BuildResult>): Pick<BuiltRelease, "run" | "found"> {
  if (runId === undefined) return {};
  return runId === "" ? { found: true } : { run: { id: runId } };
}
