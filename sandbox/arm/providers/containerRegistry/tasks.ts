import { parseDocument } from "yaml";
import { bodyOf } from "../../core/body.ts";
import { badRequest } from "../../core/errors.ts";
import { type JsonObject, listAt, objectAt, omit, stringAt } from "../../core/json.ts";
import { envelope, recordOf, systemData } from "../../core/records.ts";
import type {
  ActionContext,
  ArmReply,
  ResourceType,
  WriteContext,
} from "../../core/resourceType.ts";
import { assignedIdentity, identitySchema } from "../managedIdentity/assigned.ts";
import { nameCheck } from "../names.ts";
import { REGISTRY_TYPE, TASK_API_VERSIONS } from "./registryFacts.ts";

export const TASK_TYPE = `${REGISTRY_TYPE}/tasks`;
export const DEFAULT_TIMEOUT_SECONDS = 3600;

const TOKEN = "contextAccessToken";
const text = { type: ["string", "null"] };

/** https://learn.microsoft.com/rest/api/containerregistry/tasks */
export const tasks: ResourceType = {
  type: TASK_TYPE,
  apiVersions: TASK_API_VERSIONS,
  tracked: true,
  checkName: nameCheck({
    pattern: /^[-\w]+$/,
    min: 5,
    max: 50,
    code: "TaskNameInvalid",
    message: (name) => `The task name '${name}' is invalid: 5 to 50 letters, digits, '-' and '_'.`,
  }),
  checkBody: bodyOf({
    type: "object",
    required: ["properties"],
    properties: {
      identity: identitySchema,
      properties: {
        type: "object",
        required: ["platform", "step"],
        properties: {
          status: { enum: ["Enabled", "Disabled"] },
          timeout: { type: "integer" },
          platform: {
            type: "object",
            required: ["os"],
            properties: { os: { enum: ["Linux", "Windows"] }, architecture: text },
          },
          step: {
            type: "object",
            required: ["type"],
            properties: {
              type: { enum: ["EncodedTask", "Docker", "FileTask"] },
              encodedTaskContent: text,
              contextPath: text,
              contextAccessToken: text,
              dockerFilePath: text,
              imageNames: { type: ["array", "null"], items: { type: "string" } },
              values: {
                type: ["array", "null"],
                items: {
                  type: "object",
                  required: ["name"],
                  properties: {
                    name: { type: "string" },
                    value: text,
                    isSecret: { type: "boolean" },
                  },
                },
              },
            },
          },
        },
      },
    },
  }),
  put(context) {
    const { existing, services, body } = context;
    const given = omit(objectAt(body, "properties"), ["provisioningState", "creationDate"]);
    const step = objectAt(given, "step");
    checkStep(step);
    checkTimeout(given);
    const record = recordOf(context, TASK_TYPE, {
      properties: {
        status: "Enabled",
        timeout: DEFAULT_TIMEOUT_SECONDS,
        agentConfiguration: { cpu: 2 },
        ...omit(given, ["credentials"]),
        platform: { architecture: "amd64", ...objectAt(given, "platform") },
        step: shownStep(step),
        creationDate: existing?.createdAt ?? new Date().toISOString(),
        provisioningState: "Succeeded",
      },
      sealed: sealedParts(step, context),
    });
    const identity = assignedIdentity(body, record.id, services);
    if (identity !== undefined) record.identity = identity;
    services.store.put(record);
    return { status: existing === undefined ? 201 : 200, body: services.view(record) };
  },
  remove({ existing, services }) {
    services.removeTree(existing);
    return { status: 200 };
  },
  actions: { listdetails: { method: "POST", write: false, run: listDetails } },
  view: (record) => ({ ...envelope(record), systemData: systemData(record) }),
};

/** A step's secrets, which answers leave out: the token and the values marked secret. */
export function openStep(
  step: JsonObject,
  sealed: Record<string, string>,
  open: (sealed: string) => string,
): JsonObject {
  const token = sealed[TOKEN];
  const values = listAt(step, "values").map((value) => {
    const hidden = sealed[`value:${String(value.name)}`];
    return hidden === undefined ? value : { ...value, value: open(hidden) };
  });
  return {
    ...step,
    ...(token === undefined ? {} : { [TOKEN]: open(token) }),
    ...(values.length === 0 ? {} : { values }),
  };
}

function checkStep(step: JsonObject): void {
  if (step.type === "FileTask") {
    throw badRequest(
      "StepTypeNotSupported",
      "The sandbox runs EncodedTask and Docker steps, not FileTask.",
    );
  }
  if (step.type !== "EncodedTask") return;
  checkTaskContent(stringAt(step, "encodedTaskContent"));
}

/** @throws ArmError 400 for content that is not base64 of a task in YAML */
export function checkTaskContent(content: string | undefined): void {
  const yaml = Buffer.from(content ?? "", "base64").toString("utf8");
  const document = parseDocument(yaml);
  const good =
    content !== undefined &&
    content !== "" &&
    document.errors.length === 0 &&
    document.has("steps");
  if (good) return;
  throw badRequest(
    "InvalidEncodedTaskContent",
    `The encoded task content is not base64 of a task with steps${document.errors[0] === undefined ? "" : `: ${document.errors[0].message}`}.`,
    "properties.step.encodedTaskContent",
  );
}

function checkTimeout(given: JsonObject): void {
  const timeout = given.timeout;
  if (typeof timeout !== "number" || (timeout >= 300 && timeout <= 28_800)) return;
  throw badRequest(
    "InvalidTimeout",
    `The timeout of a task is 300 to 28800 seconds, got ${timeout}.`,
    "properties.timeout",
  );
}

function shownStep(step: JsonObject): JsonObject {
  const values = listAt(step, "values").map((value) =>
    value.isSecret === true ? omit(value, ["value"]) : value,
  );
  return { ...omit(step, [TOKEN]), ...(values.length === 0 ? {} : { values }) };
}

function sealedParts(
  step: JsonObject,
  { existing, method, services }: WriteContext,
): Record<string, string> {
  // A patch does not know the secrets, so it keeps them.
  const sealed: Record<string, string> = method === "PATCH" ? { ...existing?.sealed } : {};
  const token = stringAt(step, TOKEN);
  if (token !== undefined) sealed[TOKEN] = services.vault.seal(token);
  for (const value of listAt(step, "values")) {
    const secret = stringAt(value, "value");
    if (value.isSecret === true && secret !== undefined) {
      sealed[`value:${String(value.name)}`] = services.vault.seal(secret);
    }
  }
  return sealed;
}

function listDetails({ record, services }: ActionContext): ArmReply {
  const step = openStep(objectAt(record.properties, "step"), record.sealed, services.vault.open);
  const properties = { ...record.properties, step };
  return { status: 200, body: services.view({ ...record, properties }) };
}
