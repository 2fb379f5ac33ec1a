import type { TaskRunRequest } from "../../../contract.ts";
import { ArmError, badRequest } from "../../core/errors.ts";
import { type JsonObject, listAt } from "../../core/json.ts";
import type { ActionContext, ArmReply, ArmRequest, ResourceType } from "../../core/resourceType.ts";
import type { ResourceRecord } from "../../core/store.ts";
import { REGISTRY_TYPE, TASK_API_VERSIONS } from "./registryFacts.ts";
import { logUrl } from "./runLogs.ts";
import type { RunQueue } from "./runQueue.ts";

export const RUN_TYPE = `${REGISTRY_TYPE}/runs`;

/** States in which a run still goes on. */
export const UNFINISHED = ["Queued", "Started", "Running"];

/** https://learn.microsoft.com/rest/api/containerregistry/runs */
export function runs(queue: RunQueue): ResourceType {
  return {
    type: RUN_TYPE,
    apiVersions: TASK_API_VERSIONS,
    tracked: false,
    checkName: () => undefined,
    notFound: (id) => new ArmError(404, "RunNotFound", `The run '${id.name}' was not found.`),
    filter: filtered,
    actions: {
      listlogsasurl: { method: "POST", write: false, run: listLogSasUrl },
      cancel: { method: "POST", write: true, run: (context) => cancel(context, queue) },
    },
  };
}

/** A run that is queued and has done nothing yet. */
export function newRun(
  registry: ResourceRecord,
  ordinal: number,
  request: TaskRunRequest,
  task: ResourceRecord | undefined,
  updateTriggerToken?: string,
): ResourceRecord {
  const now = new Date().toISOString();
  return {
    id: `${registry.id}/runs/${request.runId}`,
    type: RUN_TYPE,
    name: request.runId,
    properties: {
      runId: request.runId,
      status: "Queued",
      runType: "QuickRun",
      createTime: now,
      lastUpdatedTime: now,
      ...(task === undefined ? {} : { task: task.name }),
      // The model of a run has it as "the token passed for the run"; inferred, not tried on Azure.
      ...(updateTriggerToken === undefined ? {} : { updateTriggerToken }),
      platform: { ...request.platform },
      agentConfiguration: { cpu: 2 },
      isArchiveEnabled: false,
      provisioningState: "Succeeded",
    },
    sealed: {},
    state: { ordinal },
    createdAt: now,
    changedAt: now,
  };
}

/** The run with `change` laid over its properties. */
export function changedRun(run: ResourceRecord, change: JsonObject): ResourceRecord {
  const now = new Date().toISOString();
  return {
    ...run,
    changedAt: now,
    properties: { ...run.properties, ...change, lastUpdatedTime: now },
  };
}

function cancel({ record, services }: ActionContext, queue: RunQueue): ArmReply {
  if (!UNFINISHED.includes(String(record.properties.status))) {
    throw badRequest(
      "RunCannotBeCanceled",
      `The run '${record.name}' is ${String(record.properties.status)} and cannot be canceled.`,
    );
  }
  services.store.afterCommit(() => queue.cancel(record.id));
  return { status: 200 };
}

function listLogSasUrl({ record, services }: ActionContext): ArmReply {
  return { status: 200, body: { logLink: logUrl(services, record) } };
}

/** `TaskName eq 'x' and Status eq 'Running'`, newest first, as the service lists runs. */
function filtered(records: ResourceRecord[], request: ArmRequest): ResourceRecord[] {
  const newest = [...records].sort((a, b) => Number(b.state.ordinal) - Number(a.state.ordinal));
  const filter = request.query.get("$filter");
  if (filter === null || filter === "") return newest;
  return filter.split(/ and /i).reduce((left, term) => left.filter(termTest(term.trim())), newest);
}

function termTest(term: string): (run: ResourceRecord) => boolean {
  const equal = /^(TaskName|Status|RunId|RunType) eq '([^']*)'$/i.exec(term);
  if (equal?.[1] !== undefined) {
    const [, field, wanted] = equal;
    const property = { taskname: "task", status: "status", runid: "runId", runtype: "runType" }[
      field.toLowerCase()
    ];
    return (run) => run.properties[property ?? ""] === wanted;
  }
  const image = /^contains\(OutputImageManifests, '([^@']+)@([^']+)'\)$/i.exec(term);
  if (image === null) throw badRequest("InvalidFilter", `The filter '${term}' is not supported.`);
  return (run) =>
    listAt(run.properties, "outputImages").some(
      (output) => output.repository === image[1] && output.digest === image[2],
    );
}
