/** Runs `slipway release` and kills it before or after one of its effects. */
import { join } from "node:path";
import { execa } from "execa";
import type { World } from "../e2e/world.ts";
import { killAll, MARKER } from "./processes.ts";

/** The call that has the effect, as `kill-at.mjs` sees it. */
export interface Effect {
  name: string;
  call: "spawn" | "rename" | "request";
  match: string;
  /** Such calls that pass first in a run that is not killed. */
  skip?: number;
}

export type Moment = "before" | "after";

/** Arguments of node, before the command. */
export const PRELOAD = ["--import", new URL("kill-at.mjs", import.meta.url).href];
const RECORD = "/release\\.yaml$";

/** Every effect of a container's release that is attested, in the order in which it has them. */
export const EFFECTS: readonly Effect[] = [
  { name: "tag", call: "spawn", match: "/?git .*\\bmktag\\b" },
  { name: "tag push", call: "spawn", match: "/?git .*\\bpush\\b" },
  { name: "pending record", call: "rename", match: RECORD },
  { name: "build", call: "spawn", match: "/pulumi up " },
  { name: "SBOM", call: "spawn", match: "/syft " },
  { name: "signed statement", call: "spawn", match: "/cosign attest-blob " },
  { name: "referrer", call: "request", match: "^PUT .*/manifests/sha256(?::|%3A)" },
  { name: "signature", call: "spawn", match: "/cosign sign " },
  { name: "capsule", call: "request", match: "^PUT .*-capsule/manifests/git-" },
  { name: "record", call: "rename", match: RECORD, skip: 1 },
];

/** @throws when the run ended by itself: it never came to the effect */
export async function releaseKilled(
  world: World,
  release: string,
  { name, call, match, skip = 0 }: Effect,
  moment: Moment,
): Promise<void> {
  const { root } = world.checkout;
  const marker = `${process.pid}-${Math.random()}`;
  const bin = join(root, "cli", "slipway.mjs");
  try {
    const { signal, all } = await execa(process.execPath, [...PRELOAD, bin, "release", release], {
      cwd: root,
      env: {
        ...world.env,
        [MARKER]: marker,
        SLIPWAY_TEST_KILL: JSON.stringify({ call, match, skip, moment }),
      },
      reject: false,
      all: true,
      stdin: "ignore",
    });
    if (signal !== "SIGKILL") throw new Error(`${release} never came ${moment} ${name}: ${all}`);
  } finally {
    await killAll(marker);
  }
}
