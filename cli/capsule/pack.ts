import { openLayout, requireFree, writeLayout } from "../../capsule/layout.ts";
import { openCapsule } from "../../capsule/open.ts";
import type { ReleaseRecord } from "../../registry/index.ts";
import { commitTag } from "../../registry/tags.ts";
import { capsuleOf } from "../../releasing/capsule.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { openSource } from "../../source/index.ts";
import { anySourceToken } from "../engine/source-token.ts";
import { openRegistry, recordNamed } from "../records/release.ts";
import { findRoot } from "../root.ts";
import type { Note } from "../types.ts";
import { type CapsuleDocument, documentOf } from "./document.ts";

export interface PackOptions {
  cwd?: string;
  /** `<component>@<version>` */
  release: string;
  /** Folder of the layout. */
  output: string;
  note: Note;
}

/**
 * Packs the capsule of a recorded release.
 *
 * @throws SlipwayError `output-exists`, `record-pending`, `record-not-deployable`, `digest-changed` where
 *   the record has another capsule, and as `capsuleOf` and `openSource`
 */
export async function pack(options: PackOptions): Promise<CapsuleDocument> {
  const { release, output, note } = options;
  const root = findRoot(options.cwd);
  const registry = openRegistry(root);
  const record = recordNamed(registry, release);
  const component = registry.catalogue.components.get(record.component);
  if (component === undefined) throw new Error(`${record.file} is of no component`);
  const artifact = builtArtifact(record);
  await requireFree(output);
  const { env } = process;
  const token = await anySourceToken(root, component.repository.key);
  const source = await openSource(component.repository, { env, token, note });
  const { attestations = {} } = record;
  const capsule = await capsuleOf({ component, record, artifact, attestations, source, env });
  const expected = record.capsule?.digest ?? capsule.digest;
  if (capsule.digest !== expected) {
    throw new SlipwayError({
      code: "digest-changed",
      file: record.file,
      path: "capsule.digest",
      message: `found that ${release} packs to ${capsule.digest} now, expected ${expected} as it was released; is package in releases/catalogue.yaml as it was then?`,
    });
  }
  await writeLayout(output, capsule, commitTag(record.source.commit));
  return documentOf(await openCapsule(await openLayout(output)));
}

function builtArtifact({ component, version, status, file, artifact }: ReleaseRecord) {
  const { registry, digest } = artifact ?? {};
  const release = `${component}@${version}`;
  if (status === "history" || (status !== "pending" && registry === undefined)) {
    throw new SlipwayError({
      code: "record-not-deployable",
      file,
      message: `found ${release}, of which there is no image here, expected a release with one; a capsule is about an image`,
    });
  }
  if (registry === undefined || digest === undefined) {
    throw new SlipwayError({
      code: "record-pending",
      file,
      message: `found ${release} not built yet, expected its image, which a capsule is about; run: slipway release ${release}`,
    });
  }
  return { registry, digest };
}
