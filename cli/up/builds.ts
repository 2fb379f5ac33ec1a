import type { ResourceChange } from "../engine/changes.ts";
import { isBuild, releaseOf } from "../engine/releases.ts";

/** A build that a run ordered, or whose image it found. */
export interface BuildDone {
  component: string;
  version: string;
  /** Of the ACR run; null with another builder, or where the image was there. */
  run_id: string | null;
  digest: string | null;
  /** Whether nothing was built: the image was there. */
  adopted: boolean;
}

/** The builds among the changes of an update. */
export function buildsOf(changes: readonly ResourceChange[]): BuildDone[] {
  return changes.flatMap((change) => {
    if (!isBuild(change) || change.change === "same" || change.change === "delete") return [];
    const { outputs = {} } = change;
    const [component = "", version = ""] = releaseOf(change)?.split("@") ?? [];
    return [
      {
        component,
        version,
        run_id: text(outputs.runId) || null,
        digest: text(outputs.digest) ?? null,
        adopted: outputs.adopted === true,
      },
    ];
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
