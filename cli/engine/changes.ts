/** Engine events as changes of resources: pure, so that it can be tested on recorded events. */
import type { EngineEvent, OpType, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";

export type Change = "create" | "update" | "replace" | "delete" | "same";

export type Inputs = Readonly<Record<string, unknown>>;

/** What one run does, or would do, to one resource. */
export interface ResourceChange {
  urn: string;
  type: string;
  /** Name in the program. */
  name: string;
  /** URN; empty for the stack itself. */
  parent: string;
  change: Change;
  /** Inputs before; absent on create. */
  old?: Inputs;
  /** Inputs after; absent on delete. */
  new?: Inputs;
  /** Once it is done. */
  outputs?: Inputs;
  /** Paths of the properties that differ. */
  properties: readonly string[];
}

/** A resource that differs from what the state says of it. */
export interface Drift {
  type: string;
  name: string;
  change: "changed" | "gone";
}

/** A resource that failed, with what the provider said. */
export interface Failure {
  urn?: string;
  message: string;
}

export interface Summary {
  create: number;
  update: number;
  replace: number;
  delete: number;
  same: number;
}

export interface RunResult {
  changes: readonly ResourceChange[];
  drift: readonly Drift[];
  failures: readonly Failure[];
  summary: Summary;
}

const CHANGES: Readonly<Partial<Record<OpType, Change>>> = {
  create: "create",
  import: "create",
  update: "update",
  replace: "replace",
  "create-replacement": "replace",
  "import-replacement": "replace",
  delete: "delete",
  same: "same",
};

/** The engine counts a replacement once under its own name, beside its two halves. */
const COUNTED: Readonly<Partial<Record<OpType, Change>>> = {
  create: "create",
  import: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
  same: "same",
};

const STACK = "pulumi:pulumi:Stack";

/** Takes events as they come; `result` may be asked at any time. */
export function createCollector(): { add(event: EngineEvent): void; result(): RunResult } {
  const changes = new Map<string, ResourceChange>();
  const drift = new Map<string, Drift>();
  const failures: Failure[] = [];
  let summary = emptySummary();
  return {
    add(event) {
      const before = event.resourcePreEvent?.metadata;
      if (before !== undefined) keep(changes, before);
      const after = event.resOutputsEvent?.metadata;
      if (after?.op === "refresh") keepDrift(drift, after);
      // Null, not absent, where there is none.
      else if (after?.new) keepOutputs(changes, after.urn, after.new.outputs);
      const { diagnosticEvent: diagnostic, summaryEvent } = event;
      if (diagnostic?.severity === "error" && diagnostic.ephemeral !== true) {
        const message = plainText(diagnostic.message);
        const { urn } = diagnostic;
        if (!isSequel(message)) failures.push(urn ? { urn, message } : { message });
      }
      if (summaryEvent !== undefined) summary = toSummary(summaryEvent.resourceChanges);
    },
    result: () => ({
      changes: [...changes.values()],
      drift: [...drift.values()],
      failures,
      summary,
    }),
  };
}

/** The last part of a URN: the resource's name in the program. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The type of a URN, without its parents' types. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

export function emptySummary(): Summary {
  return { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
}

export function addSummaries(a: Summary, b: Summary): Summary {
  const sum = (key: keyof Summary) => a[key] + b[key];
  return {
    create: sum("create"),
    update: sum("update"),
    replace: sum("replace"),
    delete: sum("delete"),
    same: sum("same"),
  };
}

function keep(changes: Map<string, ResourceChange>, step: StepEventMetadata): void {
  const change = CHANGES[step.op];
  if (change === undefined || step.type === STACK || step.type.startsWith("pulumi:providers:")) {
    return;
  }
  const state = step.new ?? step.old;
  changes.set(step.urn, {
    urn: step.urn,
    type: step.type,
    name: nameOf(step.urn),
    parent: state?.parent ?? "",
    change,
    ...(step.old && change !== "create" ? { old: step.old.inputs } : {}),
    ...(step.new && change !== "delete" ? { new: step.new.inputs } : {}),
    properties: Object.keys(step.detailedDiff ?? {}).sort(),
  });
}

function keepOutputs(changes: Map<string, ResourceChange>, urn: string, outputs: Inputs): void {
  const change = changes.get(urn);
  if (change !== undefined && change.change !== "delete") changes.set(urn, { ...change, outputs });
}

function keepDrift(drift: Map<string, Drift>, step: StepEventMetadata): void {
  const entry = { type: step.type, name: nameOf(step.urn) };
  if (!step.new) drift.set(step.urn, { ...entry, change: "gone" });
  else if (Object.keys(step.detailedDiff ?? {}).length > 0) {
    drift.set(step.urn, { ...entry, change: "changed" });
  }
}

function toSummary(counts: Readonly<Partial<Record<OpType, number>>>): Summary {
  const sum = emptySummary();
  for (const [op, count] of Object.entries(counts) as [OpType, number][]) {
    const change = COUNTED[op];
    if (change !== undefined) sum[change] += count;
  }
  return sum;
}

/** That an update failed is the sequel of what made it fail. */
function isSequel(message: string): boolean {
  return /^(update|preview) failed$|^Running program .* failed with an unhandled exception/.test(
    message,
  );
}

/** Without the engine's colour tags, `<{%reset%}>`. */
function plainText(message: string): string {
  return message.replace(/<\{%.*?%\}>/g, "").trim();
}
