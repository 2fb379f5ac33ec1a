import { type Document, parseDocument } from "yaml";
import { type BuildCommand, parseBuildCommand } from "./build-command.ts";
import { TaskError } from "./errors.ts";

interface StepBase {
  /** `acb_step_<n>` unless the file names it. */
  id: string;
  timeoutSeconds: number;
}

export type TaskStep =
  | (StepBase & { kind: "build"; command: BuildCommand })
  | (StepBase & { kind: "push"; images: string[] });

const VERSIONS = ["v1.1.0"];
const DEFAULT_STEP_TIMEOUT = 600;
const TASK_KEYS = ["version", "steps", "stepTimeout"];
const STEP_KEYS = ["id", "build", "push", "timeout"];

/**
 * Reads a task file whose placeholders are filled in.
 * @throws TaskError for what is no task file, and for what this runner does not carry out: it
 *   builds and pushes, and runs no commands
 */
export function parseTaskFile(text: string): TaskStep[] {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) throw new TaskError(`the task file is not YAML: ${problem.message}`);
  const task = asMap(plain(document), "the task file");
  onlyKeys(task, TASK_KEYS, "the task file");
  if (!VERSIONS.includes(String(task.version))) {
    throw new TaskError(`version is ${String(task.version)}, expected ${VERSIONS.join(" or ")}`);
  }
  if (!Array.isArray(task.steps) || task.steps.length === 0) {
    throw new TaskError("the task file has no steps");
  }
  const fallback = seconds(task.stepTimeout ?? DEFAULT_STEP_TIMEOUT, "stepTimeout");
  return task.steps.map((step, index) => parseStep(step, index, fallback));
}

/** Anchors and aliases are refused: nothing in a task file needs them, and they can be a bomb. */
function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw new TaskError("the task file has an alias (*name), which this runner does not take");
  }
}

function parseStep(value: unknown, index: number, fallback: number): TaskStep {
  const name = `step ${index}`;
  const step = asMap(value, name);
  onlyKeys(step, STEP_KEYS, name);
  const base: StepBase = {
    id: step.id === undefined ? `acb_step_${index}` : String(step.id),
    timeoutSeconds: seconds(step.timeout ?? fallback, `${name}: timeout`),
  };
  if ((step.build === undefined) === (step.push === undefined)) {
    throw new TaskError(`${name} needs build or push, and not both`);
  }
  if (step.build !== undefined) {
    if (typeof step.build !== "string") throw new TaskError(`${name}: build is not a string`);
    return { ...base, kind: "build", command: parseBuildCommand(step.build) };
  }
  const images = step.push;
  if (!Array.isArray(images) || images.length === 0 || !images.every(isText)) {
    throw new TaskError(`${name}: push is not a list of images`);
  }
  return { ...base, kind: "push", images };
}

function asMap(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TaskError(`${what} is not a map`);
  }
  return value as Record<string, unknown>;
}

function onlyKeys(map: Record<string, unknown>, known: string[], what: string): void {
  const unknown = Object.keys(map).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new TaskError(`${what} has ${unknown.join(", ")}; this runner knows ${known.join(", ")}`);
  }
}

function seconds(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw new TaskError(`${what} is ${String(value)}, expected a positive number of seconds`);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
