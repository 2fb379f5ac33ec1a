import { type Problem, SlipwayError } from "../../schemas/problem.ts";
import { ArchiveProblem, type OpenedPackage } from "../archive.ts";
import { PART_MAX_BYTES } from "../limits.ts";
import { type OpenCapsule, openCapsule, readPart } from "../open.ts";
import { plain } from "../plain.ts";
import { inPrivateFolder } from "../private-folder.ts";
import type { CapsuleSource } from "../source.ts";
import { unpackPackage, writePackage } from "../unpack.ts";
import type { CapsuleVerdict } from "../verify/index.ts";
import { kustomizeBuild } from "./kustomize.ts";
import { readOverlay } from "./overlay.ts";
import { OVERLAY, referenceProblems } from "./references.ts";

export interface RenderOptions {
  /** Folder whose kustomization names the package, e.g. as `../package/base`. */
  overlay?: string;
  /** Whether the capsule may be rendered; asked before any byte of the package is read. */
  verify: (source: CapsuleSource) => Promise<CapsuleVerdict>;
}

export interface Rendering {
  verdict: CapsuleVerdict;
  /** Absent where the verdict is no. */
  rendered?: {
    capsule: OpenCapsule;
    /** What kustomize printed, byte for byte. */
    yaml: Uint8Array;
    /** Lines that it warned with. */
    warnings: string[];
  };
}

/**
 * Verifies a capsule, unpacks it into a private folder and builds exactly the path that it records,
 * or the overlay over it. Nothing but the capsule and the overlay is read.
 *
 * @throws SlipwayError `capsule-invalid`, `overlay`, `render-reference` for what leads elsewhere,
 *   `render-failed` with what kustomize says, `tool-missing`, and whatever keeps the source from
 *   being read
 */
export async function renderCapsule(
  source: CapsuleSource,
  { overlay, verify }: RenderOptions,
): Promise<Rendering> {
  const pinned = pin(source);
  const verdict = await verify(pinned);
  if (!verdict.ok) return { verdict };
  const capsule = await openCapsule(pinned);
  const { package: layer } = capsule.manifest.layers;
  const content = await readPart(pinned, "package", layer, PART_MAX_BYTES.package);
  const shaping = overlay === undefined ? [] : await readOverlay(overlay);
  const recorded = capsule.release.package.path;
  return inPrivateFolder(async (root) => {
    try {
      const opened = await unpackPackage(content, root);
      checkOpened(capsule, opened);
      const files = [...opened.files, ...shaping];
      const hasOverlay = overlay !== undefined;
      const problems = referenceProblems({ files, recorded, hasOverlay });
      if (problems.length > 0) throw new SlipwayError(problems);
      await writePackage(shaping, root);
      const built = await kustomizeBuild(root, hasOverlay ? OVERLAY : recorded);
      return { verdict, rendered: { capsule, ...built } };
    } catch (error) {
      if (!(error instanceof ArchiveProblem)) throw error;
      throw refusal(capsule, [`the package ${error.message}`]);
    }
  });
}

/** One manifest for all who ask, so that what is rendered is what was verified. */
function pin(source: CapsuleSource): CapsuleSource {
  let manifest: ReturnType<CapsuleSource["manifest"]> | undefined;
  return {
    name: source.name,
    tag: source.tag,
    manifest() {
      manifest ??= source.manifest();
      return manifest;
    },
    blob: (descriptor) => source.blob(descriptor),
  };
}

function checkOpened(capsule: OpenCapsule, { diffId, size, files, time }: OpenedPackage): void {
  const { manifest, config, release } = capsule;
  const { path } = release.package;
  const problems: string[] = [];
  if (diffId !== config.diffId) {
    problems.push(`found the unpacked package ${diffId}, expected ${config.diffId}`);
  }
  if (size !== config.size) {
    problems.push(`found ${size} bytes of the unpacked package, expected ${config.size}`);
  }
  if (files.length !== config.files) {
    problems.push(`found ${files.length} files in the package, expected ${config.files}`);
  }
  if (time * 1000 !== Date.parse(manifest.created)) {
    const found = new Date(time * 1000).toISOString();
    problems.push(`found the package dated ${found}, expected ${manifest.created}`);
  }
  if (!files.some((file) => file.path.startsWith(`${path}/`))) {
    problems.push(`found no ${path} in the package, expected the folder to render`);
  }
  if (problems.length > 0) throw refusal(capsule, problems);
}

function refusal({ source }: OpenCapsule, messages: readonly string[]): SlipwayError {
  return new SlipwayError(
    messages.map(
      (message): Problem => ({
        code: "capsule-invalid",
        message: plain(`${source.name}: ${message}`),
      }),
    ),
  );
}
