import type { TaskRunRequest } from "../../../contract.ts";
import { bodyOf } from "../../core/body.ts";
import { ArmError, badRequest } from "../../core/errors.ts";
import { type JsonObject, listAt, objectAt, stringAt } from "../../core/json.ts";
import type { ActionContext, ArmReply } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { loginServer } from "./registryFacts.ts";
import type { RunQueue } from "./runQueue.ts";
import { newRun } from "./runs.ts";
import { checkTaskContent, DEFAULT_TIMEOUT_SECONDS, openStep, TASK_TYPE } from "./tasks.ts";

type Value = TaskRunRequest["values"][number];

const checkRequest = bodyOf({
  type: "object",
  required: ["type"],
  properties: {
    type: { type: "string" },
    taskId: { type: "string" },
    encodedTaskContent: { type: "string" },
    overrideTaskStepProperties: { type: ["object", "null"] },
  },
});

/** `POST .../scheduleRun`: queues a run of a task, or of a task given with the request. */
export function scheduleRun(context: ActionContext, queue: RunQueue): ArmReply {
  const { body, record: registry, services } = context;
  checkRequest(body);
  const ordinal = services.store.next(`runs:${registry.id.toLowerCase()}`);
  const runId = `ca${ordinal}`;
  const base = { runId, loginServer: loginServer(registry.name) };
  const planned =
    body.type === "TaskRunRequest"
      ? fromTask(context, base)
      : { request: fromContent(body, base), task: undefined };
  const token = stringAt(objectAt(body, "overrideTaskStepProperties"), "updateTriggerToken");
  const run = newRun(registry, ordinal, planned.request, planned.task, token);
  services.store.put(run);
  services.store.afterCommit(() => queue.add(run.id, planned.request));
  return { status: 200, body: services.view(run) };
}

function fromTask(
  { body, services, record: registry }: ActionContext,
  base: Pick<TaskRunRequest, "runId" | "loginServer">,
): { request: TaskRunRequest; task: ResourceRecord } {
  const taskId = stringAt(body, "taskId") ?? "";
  const task = services.store.get(taskId);
  if (task?.type !== TASK_TYPE || !task.id.startsWith(`${registry.id}/`)) {
    throw new ArmError(404, "ResourceNotFound", `The task '${taskId}' was not found.`);
  }
  if (task.properties.status === "Disabled") {
    throw badRequest("TaskDisabled", `The task '${task.name}' is disabled.`);
  }
  const step = openStep(objectAt(task.properties, "step"), task.sealed, services.vault.open);
  const override = objectAt(body, "overrideTaskStepProperties");
  const request = {
    ...base,
    taskYaml: yamlOf(step, override),
    contextPath: stringAt(override, "contextPath") ?? stringAt(step, "contextPath"),
    contextAccessToken: stringAt(step, "contextAccessToken"),
    values: merged(valuesOf(step), valuesOf(override)),
    platform: platformOf(task.properties),
    timeoutSeconds: Number(task.properties.timeout ?? DEFAULT_TIMEOUT_SECONDS),
  };
  return { request, task };
}

function fromContent(
  body: JsonObject,
  base: Pick<TaskRunRequest, "runId" | "loginServer">,
): TaskRunRequest {
  if (body.type !== "EncodedTaskRunRequest") {
    throw badRequest(
      "RunRequestTypeNotSupported",
      `The sandbox runs TaskRunRequest and EncodedTaskRunRequest, not '${String(body.type)}'.`,
    );
  }
  const content = stringAt(body, "encodedTaskContent");
  checkTaskContent(content);
  return {
    ...base,
    taskYaml: Buffer.from(content ?? "", "base64").toString("utf8"),
    contextPath: stringAt(body, "sourceLocation"),
    contextAccessToken: undefined,
    values: valuesOf(body),
    platform: platformOf(body),
    timeoutSeconds: typeof body.timeout === "number" ? body.timeout : DEFAULT_TIMEOUT_SECONDS,
  };
}

/** A Docker step is run as the build and push that it stands for. */
function yamlOf(step: JsonObject, override: JsonObject): string {
  if (step.type === "EncodedTask") {
    return Buffer.from(stringAt(step, "encodedTaskContent") ?? "", "base64").toString("utf8");
  }
  const names = Array.isArray(step.imageNames) ? step.imageNames.map(String) : [];
  const file = stringAt(override, "file") ?? stringAt(step, "dockerFilePath") ?? "Dockerfile";
  const target = stringAt(override, "target") ?? stringAt(step, "target");
  const args = merged(argumentsOf(step), argumentsOf(override));
  const build = [
    ...names.map((name) => `-t $Registry/${name}`),
    `-f ${file}`,
    ...(target === undefined ? [] : [`--target ${target}`]),
    ...args.map(({ name, value }) => `--build-arg ${name}=${value}`),
    ".",
  ].join(" ");
  const push = names.map((name) => JSON.stringify(`$Registry/${name}`)).join(", ");
  return `version: v1.1.0\nsteps:\n  - build: ${JSON.stringify(build)}\n  - push: [${push}]\n`;
}

function valuesOf(from: JsonObject): Value[] {
  return listAt(from, "values").map(toValue);
}

function argumentsOf(from: JsonObject): Value[] {
  return listAt(from, "arguments").map(toValue);
}

function toValue(entry: JsonObject): Value {
  return {
    name: stringAt(entry, "name") ?? "",
    value: stringAt(entry, "value") ?? "",
    isSecret: entry.isSecret === true,
  };
}

function merged(base: Value[], over: Value[]): Value[] {
  const names = new Set(over.map((value) => value.name));
  return [...base.filter((value) => !names.has(value.name)), ...over];
}

function platformOf(from: JsonObject): TaskRunRequest["platform"] {
  const platform = objectAt(from, "platform");
  return {
    os: stringAt(platform, "os") ?? "Linux",
    architecture: stringAt(platform, "architecture") ?? "amd64",
  };
}
