import writeFileAtomic from "write-file-atomic";
import type { OpenCapsule } from "../../capsule/open.ts";
import {
  type ObjectDifference,
  type Rendering,
  renderCapsule,
  renderedDifference,
} from "../../capsule/render/index.ts";
import type { CapsuleSource } from "../../capsule/source.ts";
import type { CapsuleVerdict } from "../../capsule/verify/index.ts";
import { SlipwayError } from "../../schemas/problem.ts";
import { Refused } from "../errors.ts";
import type { Note, Outcome } from "../types.ts";
import { type CapsuleDocument, documentOf } from "./document.ts";
import { openSource } from "./source.ts";
import { createTransfer } from "./transfer.ts";
import { exitCodeOf, openVerifiable, printVerdict, type VerifyRequest } from "./verify.ts";

export interface RenderRequest extends Omit<VerifyRequest, "onProgress" | "anyVersion"> {
  /** Folder of the overlay. */
  overlay?: string;
  /** Another capsule, as `capsule`; the difference to it is told. */
  diff?: string;
  /** File that takes what would be printed. */
  output?: string;
  unverified?: boolean;
  note: Note;
}

/** The document of `slipway capsule render`; that of `verify` where a capsule is refused. */
export interface RenderDocument extends CapsuleDocument {
  verified: boolean;
  overlay?: string;
  /** As it was given. */
  output?: string;
  /** What was rendered; absent with `output` or `diff`. */
  yaml?: string;
  /** The other capsule, and what it renders otherwise. */
  diff?: { other: CapsuleDocument; objects: readonly ObjectDifference[] };
}

type Rendered = NonNullable<Rendering["rendered"]>;

/**
 * @throws Refused for a capsule that holds other bytes than it says; SlipwayError `usage`,
 *   `file-unwritten`, and as `openVerifiable` and `renderCapsule`
 */
export async function render(request: RenderRequest): Promise<Outcome> {
  const { diff, output, overlay, unverified = false, note } = request;
  checkFlags(request);
  if (unverified) note("nothing is verified: whoever wrote the capsule decides what is rendered");
  const { rendered: one, verdict } = await renderOne(request, false);
  if (one === undefined) return refusal(verdict, note);
  let other: Rendered | undefined;
  if (diff !== undefined) {
    const compared = await renderOne({ ...request, capsule: diff }, true);
    if (compared.rendered === undefined) return refusal(compared.verdict, note);
    other = compared.rendered;
    checkSame(one.capsule, other.capsule);
  }
  const objects = other && renderedDifference(one.yaml, other.yaml);
  const text =
    objects === undefined
      ? Buffer.from(one.yaml).toString("utf8")
      : objects.map(({ patch }) => patch).join("");
  if (output !== undefined) {
    await write(output, text);
    note(`written to ${output}`);
  }
  const data: RenderDocument = {
    ...documentOf(one.capsule),
    verified: !unverified,
    ...(overlay !== undefined && { overlay }),
    ...(output !== undefined && { output }),
    ...(output === undefined && objects === undefined && { yaml: text }),
    ...(other && objects && { diff: { other: documentOf(other.capsule), objects } }),
  };
  // Whoever prints it ends the last line.
  return { data, text: output === undefined ? text.replace(/\n$/, "") : "" };
}

async function renderOne(request: RenderRequest, anyVersion: boolean): Promise<Rendering> {
  const { capsule, overlay, unverified = false, insecure = false, note } = request;
  const transfer = createTransfer("reading", note);
  try {
    const onProgress = transfer.progress;
    const { source, check } = unverified
      ? { source: await openSource(capsule, { insecure, onProgress }), check: trust }
      : await openVerifiable({ ...request, anyVersion, onProgress });
    const rendering = await renderCapsule(source, {
      ...(overlay !== undefined && { overlay }),
      verify: check,
    }).catch((error: unknown) => {
      const isRefused = error instanceof SlipwayError && error.code === "capsule-invalid";
      throw isRefused ? new Refused(error.problems, { cause: error }) : error;
    });
    for (const line of rendering.rendered?.warnings ?? []) note(`kustomize: ${line}`);
    return rendering;
  } finally {
    await transfer.stop();
  }
}

async function trust(source: CapsuleSource): Promise<CapsuleVerdict> {
  return { ok: true, ref: source.name, digest: (await source.manifest()).digest, checks: [] };
}

function refusal(verdict: CapsuleVerdict, note: Note): Outcome {
  note(printVerdict(verdict));
  return { data: verdict, text: "", exitCode: exitCodeOf(verdict) };
}

/** Versions may differ, and all objects would where components do. */
function checkSame(
  { release: { component } }: OpenCapsule,
  { source, release }: OpenCapsule,
): void {
  if (release.component === component) return;
  throw usage(
    `${source.name} is of ${release.component}, expected another of ${component}: --diff compares capsules of one component`,
  );
}

/** What would be taken for a check that was made. */
function checkFlags({ unverified, release, policy, freight, diff }: RenderRequest): void {
  const asked = { release, policy, freight };
  for (const [name, value] of Object.entries(asked)) {
    if (value === undefined) continue;
    if (unverified === true) throw usage(`--${name} cannot be checked with --unverified`);
    if (diff !== undefined && name === "freight") {
      throw usage("--freight names one capsule, and --diff compares two");
    }
  }
}

function usage(message: string): SlipwayError {
  return new SlipwayError({ code: "usage", message });
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SlipwayError(
      { code: "file-unwritten", message: `cannot write ${file}: ${why}; name another file` },
      { cause: error },
    );
  }
}
